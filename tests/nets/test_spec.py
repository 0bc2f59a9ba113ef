"""What a network may be, and what follows from its settings."""

from __future__ import annotations

from typing import Any

import pytest

from honed.errors import InputError
from honed.nets.spec import NetworkSpec


def test_widths_narrow_by_the_taper_and_never_below_eight() -> None:
    assert NetworkSpec(depth=4, width=64, taper=0.5).sizes(2) == (64, 32, 16, 8)
    assert NetworkSpec(depth=3, width=20, taper=0.5).sizes(12) == (20, 12, 12)
    assert NetworkSpec(hidden_sizes=(5, 3)).sizes(2) == (5, 3)


def test_what_is_said_once_holds_for_all_layers() -> None:
    spec = NetworkSpec(hidden_sizes=(8, 4, 2), activation=("relu", "tanh", "silu"), dropout=0.25)
    assert spec.layers == 3
    assert spec.activations == ("relu", "tanh", "silu")
    assert spec.dropouts == (0.25, 0.25, 0.25)
    assert NetworkSpec(depth=0).activations == ()


@pytest.mark.parametrize("name", ["activation", "dropout"])
def test_lists_by_layer_have_one_item_for_each(name: str) -> None:
    values: dict[str, Any] = {"activation": ("relu", "tanh"), "dropout": (0.1, 0.2)}
    with pytest.raises(InputError, match=f"'{name}' lists 2 layers, but the network has 3 hidden layers"):
        NetworkSpec(depth=3, **{name: values[name]})


@pytest.mark.parametrize("name", ["dropout", "input_dropout"])
def test_a_dropout_of_one_says_why_not(name: str) -> None:
    one: dict[str, Any] = {name: 1.0}
    with pytest.raises(InputError, match="at 1 every unit is silenced and nothing can be learned"):
        NetworkSpec(**one)
