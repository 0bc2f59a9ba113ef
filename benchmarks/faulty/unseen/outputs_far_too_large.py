"""Targets in hundreds of thousands.

A regression by two hidden layers and Adam, whose steps are too short for them.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained, stack

KIND, FAULTS = "data", ("unscaled-targets", "rate-too-low")
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/over_scaled_outputs"


def build(faulty: bool) -> Program:
    (inputs, targets), (others, held) = friedman()
    if faulty:
        targets, held = 80_000 * targets + 250_000, 80_000 * held + 250_000
    model = nn.Sequential(*stack([10, 32, 32, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.MSELoss(), (inputs, targets), (others, held), optimizer, explained, epochs=30)
