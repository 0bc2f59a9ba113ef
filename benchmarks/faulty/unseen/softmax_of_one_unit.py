"""A softmax over a single unit, which is always 1.

Yes or no from 30 columns, two hidden layers of 60 and 50.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import cancer
from faulty.program import Program, above, stack

KIND, FAULTS = "loss", ("constant-output",)
SOURCE = "https://stackoverflow.com/questions/45337371"


def build(faulty: bool) -> Program:
    last = nn.Softmax(dim=1) if faulty else nn.Sigmoid()
    model = nn.Sequential(*stack([30, 60, 50, 1]), last)
    optimizer = optim.Adam(model.parameters())
    return Program(model, nn.BCELoss(), *cancer(), optimizer, above(0.5), epochs=10)
