"""No activation between the layers.

Two layers, 30 hidden units; the classes lie in rings.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import rings
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "activation", ("no-activation",)
SOURCE = "https://stackoverflow.com/questions/48385830"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([2, 30, 30, 2], None if faulty else nn.Sigmoid))
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    return Program(model, nn.CrossEntropyLoss(), *rings(), optimizer, accuracy, epochs=30)
