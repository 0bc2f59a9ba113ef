"""Copies train, and nothing of the user's moves: compared bit by bit."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch
from small_modules import Whole, X, Y, stack
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import honed
from honed.pytorch import copying


class Counted(Whole):
    """Its calls are counted by a hook."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.first.register_forward_hook(self._count)

    def _count(self, *_: Any) -> None:
        self.calls += 1


STATES = (
    "values",
    "gradients",
    "modes and hooks",
    "random states",
    "optimizer",
    "calls",
    "mode of gradients",
)


def states(model: nn.Module, optimizer: Any, loader: Any) -> list[Any]:
    own = [(name, value.clone(), value._version) for name, value in model.state_dict(keep_vars=True).items()]
    slopes = [None if one.grad is None else (id(one.grad), one.grad.clone()) for one in model.parameters()]
    modules = [
        (
            m.training,
            *(tuple(vars(m)[hooks]) for hooks in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")),
        )
        for m in model.modules()
    ]
    dice = [random.getstate(), np.random.get_state(), torch.get_rng_state(), loader.generator.get_state()]
    return [own, slopes, modules, dice, optimizer.state_dict(), model.calls, torch.is_grad_enabled()]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor | np.ndarray):
        return bool((a == b).all()) and a.dtype == b.dtype
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def test_nothing_is_left_on_the_model_or_in_any_random_state() -> None:
    model = Counted()
    groups = [{"params": model.head.parameters(), "lr": 0.1}, {"params": [model.first.weight], "lr": 0.01}]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    rows = TensorDataset(torch.from_numpy(X), torch.from_numpy(Y))
    loader = DataLoader(rows, batch_size=20, shuffle=True, generator=torch.Generator().manual_seed(3))
    nn.functional.mse_loss(model(rows[:50][0]), rows[:50][1]).backward()
    optimizer.step()
    model.norm.eval()
    before = states(model, optimizer, loader)
    with torch.no_grad():
        honed.diagnose(model, nn.MSELoss(), loader, valid=(X, Y), optimizer=optimizer, epochs=2)
    for what, was, now in zip(STATES, before, states(model, optimizer, loader), strict=True):
        assert same(was, now), what


def test_a_second_training_is_the_first_again() -> None:
    model = Counted()
    first, second = (honed.diagnose(model, nn.MSELoss(), (X, Y), epochs=2) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("rule", ["SGD", "Adam", "AdamW", "LBFGS"])
def test_an_optimizer_goes_on_where_it_was(rule: str) -> None:
    model = stack(5, 8, 1)
    optimizer = getattr(torch.optim, rule)(model.parameters(), lr=0.1)
    inputs, targets = torch.from_numpy(X), torch.from_numpy(Y)

    def step(own: nn.Module, its: Any) -> None:
        def closure() -> torch.Tensor:
            its.zero_grad()
            loss = nn.functional.mse_loss(own(inputs), targets)
            loss.backward()
            return loss

        its.step(closure)

    step(model, optimizer)
    twin, memo = copying.copied(model)
    its = copying.optimizer_of(memo, optimizer)
    step(model, optimizer)
    step(twin, its)
    for a, b in zip(model.parameters(), twin.parameters(), strict=True):
        assert a is not b and torch.equal(a, b)


def test_weights_that_a_hook_computes_stay_so() -> None:
    model = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(5, 3)), nn.Linear(3, 1))
    twin, _ = copying.copied(model)
    assert torch.equal(twin(torch.from_numpy(X)), model(torch.from_numpy(X)))


def test_a_compiled_model_is_looked_at_as_it_was_written() -> None:
    twin, _ = copying.copied(torch.compile(stack(5, 8, 1), backend="eager"))  # pyright: ignore[reportArgumentType]
    assert type(twin) is nn.Sequential
