"""Two sigmoid units carry ten classes.

The network of the thread on digits; the twin has 64.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "shape", ("too-few-units", "underfitting", "cannot-memorise")
SOURCE = "https://stackoverflow.com/questions/50306988"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 2 if faulty else 64, 10], nn.Sigmoid))
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    return Program(model, nn.CrossEntropyLoss(), *digits(), optimizer, accuracy, epochs=12)
