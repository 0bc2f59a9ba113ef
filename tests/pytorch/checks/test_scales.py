from __future__ import annotations

import numpy as np
from small_modules import X, Y, seen, stack
from torch import nn


def test_inputs_in_the_hundreds_are_named_unless_they_are_normalized_first() -> None:
    rows = (X * np.array([1, 1, 1000, 1, 1], "f4") + 100, Y)
    assert "1,0" in seen(stack(5, 16, 1), nn.MSELoss(), rows)["unscaled-inputs"].what
    assert "unscaled-inputs" not in seen(
        nn.Sequential(nn.BatchNorm1d(5), stack(5, 16, 1)), nn.MSELoss(), rows
    )
    assert not {"unscaled-inputs", "unscaled-targets"} & set(seen(stack(5, 16, 1), nn.MSELoss()))


def test_targets_in_the_hundreds_are_an_error_where_nothing_is_learned() -> None:
    found = seen(stack(5, 16, 1), nn.MSELoss(), (X, 100 * Y + 500), learning_rate=1e-3)
    assert found["unscaled-targets"].severity == "error"


def test_inputs_that_are_next_to_nothing_are_named() -> None:
    assert "at most" in seen(stack(5, 16, 1), nn.MSELoss(), (X / 1000, Y))["unscaled-inputs"].what
