"""Momentum 0.9 and a rate far above what it bears in a deep network.

Convolutions on small images, three hidden layers.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "rate", ("rate-too-high", "dead-units", "not-finite")
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/high_lr"


def build(faulty: bool) -> Program:
    model = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten(), *stack([256, 64, 64, 10])
    )
    optimizer = optim.SGD(model.parameters(), lr=0.3 if faulty else 0.02, momentum=0.9)
    return Program(
        model, nn.CrossEntropyLoss(), *digits(image=True, rows=700), optimizer, accuracy, epochs=12
    )
