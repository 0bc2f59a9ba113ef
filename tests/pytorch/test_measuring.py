"""Probes against the same numbers by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from small_modules import X, Y, facts, stack
from torch import nn

from honed.pytorch import measuring
from honed.pytorch.trace import Trace

PARTS = [(torch.from_numpy(X[at : at + 50]), torch.from_numpy(Y[at : at + 50])) for at in range(0, 200, 50)]


def probed(model: Any) -> tuple[dict[str, np.ndarray], list[str]]:
    with Trace(model) as trace, trace.paths():
        trace.begin(PARTS[0][0])
        model(PARTS[0][0])
    _, owned = measuring.layers_of(trace, model)
    return measuring.measured(model, nn.MSELoss(), PARTS, owned)


def test_gradients_and_hidden_values_are_those_of_the_function_itself() -> None:
    model: Any = stack(5, 8, 1)
    probes, names = probed(model)
    assert names == ["relu before 2"]
    hidden = model[1](model[0](torch.from_numpy(X))).detach()
    nn.functional.mse_loss(model(torch.from_numpy(X)), torch.from_numpy(Y)).backward()
    norms = [float(model[at].weight.grad.norm()) for at in (0, 2)]
    np.testing.assert_allclose(probes["gradient"], norms, rtol=1e-4)
    np.testing.assert_allclose(probes["activation_std"], [float(hidden.std(correction=0))], rtol=1e-4)
    assert probes["loss"] == pytest.approx(
        float(nn.functional.mse_loss(model(torch.from_numpy(X)), torch.from_numpy(Y)).detach())
    )


def test_dead_units_and_flat_ends_are_counted() -> None:
    model: Any = stack(5, 8, 1)
    nn.init.constant_(model[0].bias[:6], -50)
    assert probed(model)[0]["dead"] == [0.75]
    model: Any = stack(5, 8, 1, activation=nn.Sigmoid)
    nn.init.constant_(model[0].bias[:2], -50)
    assert probed(model)[0]["saturated"] == [0.25]


def test_layers_are_in_the_order_of_the_pass_and_frozen_ones_left_out() -> None:
    class Twisted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.last, self.frozen = nn.Linear(8, 1), nn.Linear(8, 8).requires_grad_(False)
            self.words, self.tied = nn.Linear(5, 8), nn.Linear(5, 8)
            self.tied.weight = self.words.weight

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.last(self.frozen(self.words(x).relu() + self.tied(x)))

    found = facts(Twisted(), nn.MSELoss(), epochs=2)
    assert found.case.names == ("words", "last")
    assert [layer.path for layer in found.layers] == ["words", "frozen", "last"]


def test_modes_and_buffers_come_back() -> None:
    model: Any = nn.Sequential(nn.BatchNorm1d(5), nn.Dropout(), nn.Linear(5, 1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with measuring.still(model, training=True):
        assert not model[1].training
        model(torch.from_numpy(X))
    assert model[1].training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
