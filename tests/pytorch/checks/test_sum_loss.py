from __future__ import annotations

import pytest
from small_modules import seen, stack
from torch import nn


def test_a_sum_grows_with_the_rows() -> None:
    found = seen(stack(5, 16, 1), nn.MSELoss(reduction="sum"))["sum-loss"]
    assert found.evidence["grows"] == pytest.approx(2)
    by_hand = lambda outputs, targets: ((outputs - targets) ** 2).sum()  # noqa: E731
    assert "sum-loss" in seen(stack(5, 16, 1), by_hand)
    assert "sum-loss" not in seen(stack(5, 16, 1), nn.MSELoss())
