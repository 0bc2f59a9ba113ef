from __future__ import annotations

import torch
import torch.nn.functional as F
from small_modules import X, stack
from torch import nn

from honed.pytorch.trace import Trace

ROWS = torch.from_numpy(X[:8])


def traced(model: nn.Module) -> tuple[Trace, torch.Tensor, list[tuple[str, str]]]:
    looks: list[tuple[str, str]] = []
    with Trace(model, lambda call, _, kind: looks.append((kind, call.path))) as trace, trace.paths():
        trace.begin(ROWS)
        outputs = model(ROWS)
    return trace, outputs, looks


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last, self.free = nn.Linear(5, 6), nn.Linear(6, 4), nn.Parameter(torch.ones(6, 6))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.relu(self.first(x)) @ self.free
        return F.softmax(self.last(torch.sigmoid(x).view(8, 6)), dim=1)


def test_activations_are_seen_as_functions_and_as_modules() -> None:
    trace, outputs, looks = traced(Functional())
    assert looks == [("relu", ""), ("sigmoid", "last")]
    assert [call.weights for call in trace.calls if call.weights][1] == ("free",)
    last = trace.behind(trace.number(outputs))
    assert last is not None and (last.name, last.axis) == ("softmax", 1)
    _, _, looks = traced(stack(5, 6, 6, 1, activation=lambda: nn.ReLU(inplace=True)))
    assert looks == [("relu", "2"), ("relu", "4")]


def test_what_is_behind_views_pools_and_dropout_is_the_activation() -> None:
    layers = [
        nn.Unflatten(1, (1, 5)),
        nn.Conv1d(1, 3, 2),
        nn.Tanh(),
        nn.MaxPool1d(2),
        nn.Flatten(),
        nn.Dropout(),
    ]
    _, _, looks = traced(nn.Sequential(*layers, nn.Linear(6, 1)))
    assert looks == [("tanh", "6")]


def test_what_bends_is_told_from_what_does_not() -> None:
    assert traced(stack(5, 6, 1, activation=nn.Identity))[0].nonlinear == []
    assert traced(stack(5, 6, 1))[0].nonlinear == ["relu"]
    assert traced(nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 1)))[0].nonlinear == []


def test_no_hook_stays() -> None:
    model = stack(5, 6, 1)
    traced(model)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
