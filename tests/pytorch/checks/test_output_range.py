from __future__ import annotations

import pytest
from small_modules import KIND, X, Y, seen, stack
from torch import nn


def test_targets_below_zero_are_out_of_reach_of_a_relu() -> None:
    found = seen(stack(5, 16, 1, last=nn.ReLU()), nn.MSELoss())["output-range"]
    assert "zero and above" in found.what
    assert found.evidence["outside"] == pytest.approx(float((Y < -0.01).mean()), abs=0.05)
    assert "output-range" not in seen(stack(5, 16, 1), nn.MSELoss())
    assert "output-range" not in seen(stack(5, 16, 1, last=nn.ReLU()), nn.MSELoss(), (X, Y**2))


def test_a_softmax_of_one_number_is_always_one() -> None:
    found = seen(stack(5, 16, 1, last=nn.Softmax(dim=1)), nn.BCELoss(), (X, (KIND > 0).astype("f4")[:, None]))
    assert "always 1" in found["output-range"].what
