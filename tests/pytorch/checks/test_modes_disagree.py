from __future__ import annotations

import torch
import torch.nn.functional as F
from small_modules import X, Y, seen, stack
from torch import nn


class Dropped(nn.Module):
    def __init__(self, knows: bool) -> None:
        super().__init__()
        self.inner, self.knows = stack(5, 16, 1), knows

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(F.dropout(x, 0.2, training=self.training or not self.knows))


def test_dice_in_evaluation_mode_are_named() -> None:
    assert "F.dropout" in seen(Dropped(False), nn.MSELoss())["modes-disagree"].why
    assert "modes-disagree" not in seen(Dropped(True), nn.MSELoss())


def test_statistics_that_never_arrive_are_named() -> None:
    def model(momentum: float) -> nn.Module:
        return nn.Sequential(nn.BatchNorm1d(5, momentum=momentum), stack(5, 16, 1))

    rows = (10 * X + 20, Y)
    assert "running statistics" in seen(model(1e-5), nn.MSELoss(), rows)["modes-disagree"].why
    assert "modes-disagree" not in seen(model(0.1), nn.MSELoss(), rows)
