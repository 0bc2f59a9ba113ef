from __future__ import annotations

from typing import Any

import pytest

from honed.errors import InputError
from honed.nets.cnn_spec import CnnSpec
from honed.settings import build


def test_channels_grow_from_stage_to_stage_or_are_listed() -> None:
    assert CnnSpec(channels=16, stages=3).widths == (16, 32, 64)
    assert CnnSpec(channels=10, stages=2, growth=1.5).widths == (10, 15)
    listed = CnnSpec(channels=(8, 12), blocks=3, hidden_sizes=(5,))
    assert (listed.widths, listed.convolutions, listed.layers) == ((8, 12), 6, 7)


def test_convolutions_have_a_third_of_the_dropout_unless_told() -> None:
    assert CnnSpec(dropout=0.3).rate_of_convolutions == pytest.approx(0.1)
    assert CnnSpec(dropout=0.3, conv_dropout=0.0).rate_of_convolutions == 0


def test_prediction_mirrors_where_training_does() -> None:
    assert CnnSpec(augment=("flip",)).flips_at_test
    assert not CnnSpec(augment=("shift",)).flips_at_test
    assert not CnnSpec(augment=("flip",), test_flips=False).flips_at_test


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"channels": 0}, r"a whole number in \[1, 4096\], or a list of them, one for each stage"),
        ({"channels": ()}, "'channels' is an empty list"),
        ({"augment": ("flop",)}, "'augment' is .*'flip'"),
        ({"conv_dropout": 1.0}, "every unit is silenced"),
        ({"pooling": "mean"}, "'pooling' is 'mean'"),
        ({"chanels": 3}, "Did you mean 'channels'"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(given: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        build([CnnSpec], given)
