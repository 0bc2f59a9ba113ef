from __future__ import annotations

import torch
from small_modules import seen, stack
from torch import nn


class Listed(nn.Module):
    def __init__(self, kind: type) -> None:
        super().__init__()
        self.first = nn.Linear(5, 8)
        self.more = kind([nn.Linear(8, 8), nn.Linear(8, 1)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.more[1](self.more[0](self.first(x).relu()).relu())


def test_layers_in_a_plain_list_are_named() -> None:
    assert "more" in seen(Listed(list), nn.MSELoss())["unregistered-layers"].what
    assert "unregistered-layers" not in seen(Listed(nn.ModuleList), nn.MSELoss())


def test_an_optimizer_of_another_model_is_an_error_and_of_some_layers_a_warning() -> None:
    model = stack(5, 8, 1)
    found = seen(model, nn.MSELoss(), optimizer=torch.optim.SGD(stack(5, 8, 1).parameters(), lr=0.1))
    assert found["not-optimized"].severity == "error"
    assert "rate-too-low" not in found
    found = seen(model, nn.MSELoss(), optimizer=torch.optim.SGD(model[2].parameters(), lr=0.1))
    assert (found["not-optimized"].severity, found["not-optimized"].evidence["of"]) == ("warning", 4)
    model[0].requires_grad_(False)
    assert "not-optimized" not in seen(
        model, nn.MSELoss(), optimizer=torch.optim.SGD(model[2].parameters(), lr=0.1)
    )
