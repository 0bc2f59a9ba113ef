from __future__ import annotations

from small_modules import KIND, X, seen, stack
from torch import nn


def test_a_decision_in_place_of_an_output_has_no_gradient() -> None:
    model = stack(5, 8, 3)
    loss = lambda outputs, targets: (outputs.argmax(1) - targets).float().abs().mean()  # noqa: E731
    assert list(seen(model, loss, (X, KIND))) == ["no-gradient"]


def test_a_model_that_is_frozen_whole_is_named_as_such() -> None:
    found = seen(stack(5, 8, 1).requires_grad_(False), nn.MSELoss())
    assert "requires_grad" in found["no-gradient"].what
    assert "no-gradient" not in seen(stack(5, 8, 1), nn.MSELoss())
