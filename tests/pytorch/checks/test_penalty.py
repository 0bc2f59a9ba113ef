from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from small_modules import Y, facts, seen, stack
from torch import nn


def decayed(value: float) -> dict[str, Any]:
    model = stack(5, 64, 64, 1)
    return seen(
        model, nn.MSELoss(), optimizer=torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=value)
    )


def test_a_decay_that_weighs_more_than_the_data_is_named() -> None:
    assert "weight_decay=0.01" in decayed(1.0)["strong-penalty"].action
    assert "strong-penalty" not in decayed(1e-4)


def test_a_penalty_that_loss_fn_adds_is_weighed() -> None:
    model = stack(5, 64, 1)

    def penalised(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.mse_loss(outputs, targets) + 10 * sum(one.square().sum() for one in model.parameters())

    found = facts(model, penalised)
    weight = sum(float(one.detach().square().sum()) for one in model.parameters())
    assert 0.5 < found.penalty * float((Y**2).mean()) / (10 * weight) < 2
    assert all(one.grad is None for one in model.parameters())
