from __future__ import annotations

import numpy as np
from small_modules import X, seen, stack
from torch import nn

WAVE = np.sin(4 * X[:, :1])


def test_two_units_are_too_few_for_a_wave() -> None:
    assert seen(stack(1, 2, 2, 1), nn.MSELoss(), (X[:, :1], WAVE))["too-few-units"].evidence["modules"] == [
        "0",
        "2",
    ]
    assert "too-few-units" not in seen(stack(1, 32, 1), nn.MSELoss(), (X[:, :1], WAVE))
