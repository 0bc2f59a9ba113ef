from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from small_modules import Y, facts, seen, stack
from torch import nn

from honed.diagnosis.case import Case
from honed.pytorch.checks import penalty
from honed.pytorch.facts import Facts


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


def test_a_decay_beside_a_penalty_in_loss_fn_is_not_blamed_for_it() -> None:
    """AdamW has a weight_decay of 0.01 unless it is told otherwise."""
    model = stack(5, 64, 1)

    def penalised(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.mse_loss(outputs, targets) + 10 * sum(one.square().sum() for one in model.parameters())

    lost = replace(facts(model, penalised, epochs=1), optimizer="AdamW", weight_decay=0.01)
    lost = replace(lost, case=replace(lost.case, diverged=True))
    (found,) = penalty.rule(lost)
    assert found.what.startswith("What loss_fn adds") and "loss_fn" in found.action
    (found,) = penalty.rule(replace(lost, added=0.1, decayed=2.0))
    assert found.what.startswith("weight_decay=0.01 weighs 2.1 times")


def test_a_decay_apart_from_the_loss_and_a_strong_dropout_are_named_where_little_was_learned() -> None:
    lost = Facts(Case(200, 0, np.ones(20), np.ones(20), np.ones(20), 1.0), optimizer="AdamW", rate=0.1)
    (found,) = penalty.rule(replace(lost, weight_decay=0.2))
    assert found.what.startswith("weight_decay=0.2 takes from the weights")
    (found,) = penalty.rule(replace(lost, dropouts=(0.1, 0.75)))
    assert found.action == "Take nn.Dropout(0.2)."
    assert penalty.rule(replace(lost, weight_decay=0.01, dropouts=(0.5,))) == []
