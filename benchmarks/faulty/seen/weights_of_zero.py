"""All weights start at zero.

Two linear layers with tanh; no unit ever differs from another.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import rings
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "start", ("symmetric-weights", "start-scale")
SOURCE = "https://blog.csdn.net/language_zcx/article/details/107282409"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([2, 24, 2], nn.Tanh))
    if faulty:
        for value in model.parameters():
            nn.init.zeros_(value)
    optimizer = optim.SGD(model.parameters(), lr=0.3)
    return Program(model, nn.CrossEntropyLoss(), *rings(), optimizer, accuracy, epochs=30)
