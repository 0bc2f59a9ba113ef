from __future__ import annotations

import numpy as np
import torch
from small_modules import X, Y, seen, stack
from torch import nn


def test_a_model_that_does_not_use_its_inputs_is_named() -> None:
    class Blind(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(5, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.inner(torch.ones_like(x))

    found = seen(Blind(), nn.MSELoss())["constant-outputs"]
    assert (found.severity, "before training" in found.what) == ("error", True)
    assert "constant-outputs" not in seen(stack(5, 8, 1), nn.MSELoss())


def test_inputs_that_are_all_alike_may_give_one_output() -> None:
    assert "constant-outputs" not in seen(stack(5, 8, 1), nn.MSELoss(), (np.ones_like(X), Y))
