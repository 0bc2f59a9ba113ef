"""Inputs to 4,000 and their cubes as targets.

One column, fifty relu units, Adam; the thread's repair scales both.
"""

from __future__ import annotations

import numpy as np
from torch import nn, optim

from faulty.data import halves, scaled_targets
from faulty.program import Program, explained, stack

KIND, FAULTS = "data", ("unscaled-inputs", "unscaled-targets")
SOURCE = "https://discuss.pytorch.org/t/neural-network-could-not-learn-on-this-type-of-data-why/96648/5"


def build(faulty: bool) -> Program:
    x = np.linspace(1, 4000, 600)[:, None]
    rows = halves(x, x**3, scaled=not faulty)
    model = nn.Sequential(*stack([1, 50, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(
        model, nn.MSELoss(), *(rows if faulty else scaled_targets(rows)), optimizer, explained, epochs=30
    )
