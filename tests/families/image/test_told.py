"""A network for pictures in words."""

from __future__ import annotations

from typing import Any

from honed.families.image.inputs import ImageInputs
from honed.families.image.told import facts, told, words
from honed.nets.cnn_spec import CnnSpec

SPEC = CnnSpec(channels=(16, 32), blocks=2, hidden_sizes=(64,))


def test_layers_are_named_in_their_order() -> None:
    assert words(SPEC, 10) == "2 × conv 16, 2 × conv 32, dense 64, relu"
    assert words(CnnSpec(channels=8, stages=2, blocks=1), 10) == "conv 8, conv 16, relu"
    found: Any = facts(SPEC, ImageInputs(28, 28, 1, (0.0,), (1.0,)), 10)
    assert found["inputs"] == 784 and found["hidden"] == [16, 16, 32, 32, 64] and found["outputs"] == 10


def test_settings_that_decide_nothing_are_not_told() -> None:
    assert "stages" not in told(SPEC) and "stages" in told(CnnSpec(channels=8))
    assert "conv_dropout" not in told(SPEC) and "conv_dropout" in told(CnnSpec(conv_dropout=0.1))
