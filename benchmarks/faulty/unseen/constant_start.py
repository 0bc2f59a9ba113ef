"""Each layer starts with one and the same number.

A regression; the units of a layer stay copies of each other.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained, stack

KIND, FAULTS = "start", ("symmetric-weights", "start-scale")
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/wrong_init"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([10, 32, 32, 1]))
    if faulty:
        for name, value in model.named_parameters():
            nn.init.constant_(value, 0.1 if name.endswith("weight") else 0.0)
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=40)
