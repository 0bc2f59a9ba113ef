"""Plain SGD at 0.1 on targets up to 125.

One column from 0 to 5, layers of 50 and 30; the thread's repair is a rate of 0.0001.
"""

from __future__ import annotations

import numpy as np
from torch import nn, optim

from faulty.data import halves
from faulty.program import Program, explained, stack

KIND, FAULTS = "rate", ("rate-too-high", "not-finite")
SOURCE = "https://stackoverflow.com/questions/48934338"


def build(faulty: bool) -> Program:
    generator = np.random.default_rng(0)
    x = generator.uniform(0, 5, size=(500, 1))
    rows = halves(x, 5 * x**2 + generator.normal(size=x.shape) ** 3, scaled=False)
    model = nn.Sequential(*stack([1, 50, 30, 1]))
    optimizer = optim.SGD(model.parameters(), lr=0.1 if faulty else 0.0003)
    return Program(model, nn.MSELoss(), *rows, optimizer, explained, epochs=40)
