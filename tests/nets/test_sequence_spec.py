from __future__ import annotations

from typing import Any

import pytest

from honed.errors import InputError
from honed.nets.sequence_spec import SequenceSpec
from honed.settings import build


def test_layers_over_time_are_counted_before_dense_ones() -> None:
    spec = SequenceSpec(blocks=3, layers=2, hidden_sizes=(7,), bidirectional=True)
    assert (spec.over_time, spec.hidden_layers, spec.directions) == (5, 6, 2)
    assert SequenceSpec(layers=0).hidden_layers == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cell": "gro"}, "'cell' is 'gro'.*Did you mean 'gru'"),
        ({"layers": -1}, r"a whole number in \[0, 16\]"),
        ({"memory": 1}, r"in \[2, 100000\], or None"),
        ({"dropout": 1.0}, "every unit is silenced"),
        ({"pooling": "first"}, "'pooling' is 'first'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        build([SequenceSpec], given)
