"""Small modules and rows for tests of the diagnosis for PyTorch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from honed.pytorch.copying import untouched
from honed.pytorch.diagnosis import findings
from honed.pytorch.facts import Facts
from honed.pytorch.observing import observe

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 5)).astype(np.float32)
Y = (np.sin(X[:, 0]) + X[:, 1]).astype(np.float32)[:, None]
KIND = (X[:, 0] > 0).astype(np.int64) + (X[:, 1] > 0)


class Whole(nn.Module):
    """Dropout, batch normalization, tied and frozen weights, and a recurrent layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.drop = nn.Linear(5, 5), nn.BatchNorm1d(5), nn.Dropout(0.3)
        self.second = nn.Linear(5, 5)
        self.second.weight = self.first.weight
        self.frozen = nn.Linear(5, 5).requires_grad_(False)
        self.cells, self.head = nn.GRU(5, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(self.norm(self.second(self.first(x).relu())))
        return self.head(self.cells(self.frozen(x)[:, None])[0][:, 0])


def stack(*widths: int, activation: Any = nn.ReLU, last: nn.Module | None = None, seed: int = 0) -> Any:
    """Linear layers of these widths with an activation behind all but the last, which has its own."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        layers = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), activation())]
    return nn.Sequential(*layers[:-1], *([last] if last is not None else []))


def facts(model: nn.Module, loss: Any, data: Any = (X, Y), **settings: Any) -> Facts:
    """What a short training of a copy shows."""
    settings = {"epochs": 10, "learning_rate": 1e-2} | settings
    with untouched(0, data):
        return observe(model, loss, data, **settings)


def seen(*given: Any, **settings: Any) -> dict[str, Any]:
    """Findings by id of a short training."""
    return {one.id: one for one in findings(facts(*given, **settings))}


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    """A mean of squares that was written out."""
    return ((outputs - targets) ** 2).mean()
