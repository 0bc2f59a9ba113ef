"""The sign of the gradient is turned, so that the loss is driven up.

A regression with two hidden layers.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained, stack

KIND, FAULTS = "loss", ("loss-rises", "not-finite", "rate-too-high")
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/flipped_sign"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([10, 32, 32, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.003, maximize=faulty)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=15)
