"""Columns of tens of thousands beside columns of ones, as they come.

Yes or no by two hidden layers and Adam; the thread's repair scales them.
"""

from __future__ import annotations

import numpy as np
from torch import nn, optim

from faulty.data import halves
from faulty.program import Program, above, stack

KIND, FAULTS = "data", ("unscaled-inputs",)
SOURCE = "https://stackoverflow.com/questions/39525358"


def build(faulty: bool) -> Program:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(800, 3))
    y = (X[:, 0] * X[:, 1] + 0.5 * X[:, 2] > 0).astype(float)
    X = X * np.array([1.0, 20.0, 20_000.0]) + np.array([0.0, 100.0, 80_000.0])
    model = nn.Sequential(*stack([3, 12, 8, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model, nn.BCEWithLogitsLoss(), *halves(X, y, scaled=not faulty), optimizer, above(0.0), epochs=30
    )
