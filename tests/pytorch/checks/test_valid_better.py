from __future__ import annotations

import numpy as np
from small_modules import X, Y, seen, stack
from torch import nn


def test_validation_rows_that_were_trained_on_are_counted() -> None:
    found = seen(stack(5, 16, 1), nn.MSELoss(), (X[:150], Y[:150]), valid=(X[100:], Y[100:]))
    assert "50 % of the validation rows" in found["validation-too-good"].what
    assert "validation-too-good" not in seen(
        stack(5, 16, 1), nn.MSELoss(), (X[:150], Y[:150]), valid=(X[150:], Y[150:])
    )


def test_validation_rows_that_are_too_easy_are_named() -> None:
    easy = (0 * X[:50] + 0.01 * X[:50], np.zeros_like(Y[:50]))
    noisy = (X, Y + np.random.default_rng(1).normal(size=Y.shape).astype("f4"))
    assert (
        "of another kind" in seen(stack(5, 16, 1), nn.MSELoss(), noisy, valid=easy)["validation-too-good"].why
    )
