"""A weight decay that holds the weights at zero.

A regression, L2 penalty of 0.1 in the benchmark's sum of squares.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained, stack

KIND, FAULTS = "penalty", ("penalty-too-strong",)
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/over_regulariaztion"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([10, 32, 32, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.003, weight_decay=0.3 if faulty else 1e-5)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=30)
