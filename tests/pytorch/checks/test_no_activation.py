from __future__ import annotations

from small_modules import seen, stack
from torch import nn


def test_a_stack_without_activation_is_one_layer() -> None:
    found = seen(stack(5, 16, 16, 1, activation=nn.Identity), nn.MSELoss())["no-activation"]
    assert "3 layers (0, 2, 4)" in found.what
    assert "no-activation" not in seen(stack(5, 16, 16, 1), nn.MSELoss())


def test_two_layers_without_one_between_them_are_named_unless_they_narrow() -> None:
    pair = [nn.Linear(16, 16), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)]
    found = seen(nn.Sequential(nn.Linear(5, 16), nn.Tanh(), *pair), nn.MSELoss())["no-activation"]
    assert found.evidence["modules"] == ["2", "3"]
    pair[:2] = [nn.Linear(16, 2), nn.Linear(2, 16)]
    assert "no-activation" not in seen(nn.Sequential(nn.Linear(5, 16), nn.Tanh(), *pair), nn.MSELoss())


def test_one_linear_layer_needs_none() -> None:
    assert "no-activation" not in seen(nn.Linear(5, 1), nn.MSELoss())
