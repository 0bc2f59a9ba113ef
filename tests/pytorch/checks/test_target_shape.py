from __future__ import annotations

from typing import Any

import pytest
from small_modules import X, Y, seen, squared, stack
from torch import nn


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.L1Loss(), squared])
def test_a_column_against_a_row_is_named(loss: Any) -> None:
    assert seen(stack(5, 16, 1), loss, (X, Y[:, 0]))["target-shape"].evidence["shapes"] == [[64, 1], [64]]
    assert "target-shape" not in seen(stack(5, 16, 1), loss)
