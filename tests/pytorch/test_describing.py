from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from small_modules import stack
from torch import nn

from honed.pytorch import describing
from honed.pytorch.trace import tensors


def test_modules_in_a_plain_list_are_absent() -> None:
    model = stack(5, 1)
    assert describing.absent(model) == ()
    model.more = [nn.Linear(1, 1)]
    assert describing.absent(model) == ("more",)
    model.kept = nn.ModuleList(model.more)
    assert describing.absent(model) == ()


def test_the_rate_and_decay_are_the_highest_of_all_groups() -> None:
    a, b = torch.zeros(2, requires_grad=True), torch.ones(3, requires_grad=True)
    groups = [{"params": [a], "lr": 0.1}, {"params": [b], "weight_decay": 0.2}]
    optimizer = torch.optim.SGD(groups, lr=0.01)
    assert (describing.rate_of(optimizer), describing.decay_of(optimizer)) == (0.1, 0.2)
    squares = {id(a): 0.0, id(b): 3.0}
    assert describing.decayed(optimizer, squares, chance=0.5) == pytest.approx(0.5 * 0.2 * 3 / 0.5)
    assert describing.decayed(torch.optim.AdamW(groups), squares, chance=0.5) == 0


class Pair(NamedTuple):
    value: torch.Tensor
    other: torch.Tensor


@pytest.mark.parametrize("form", [lambda out: out, lambda out: {"value": out}, lambda out: Pair(out, out)])
def test_a_loss_of_the_data_alone_has_no_penalty(form: Callable[[torch.Tensor], Any]) -> None:
    model = stack(5, 1)
    outputs = form(model(torch.ones(4, 5)))

    def loss(given: Any, targets: torch.Tensor) -> torch.Tensor:
        return ((tensors(given)[0] - targets) ** 2).mean()

    assert math.isnan(describing.penalty_of(model, model, loss, outputs, torch.zeros(4, 1)))
