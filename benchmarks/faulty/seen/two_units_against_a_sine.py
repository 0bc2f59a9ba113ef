"""Two relu units a layer are too few for a wave.

A sine of one column; the twin has 32.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import curve
from faulty.program import Program, explained, stack

KIND, FAULTS = "shape", ("too-few-units", "underfitting", "cannot-memorise")
SOURCE = "https://stackoverflow.com/questions/41372874"


def build(faulty: bool) -> Program:
    width = 2 if faulty else 32
    model = nn.Sequential(*stack([1, width, width, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.MSELoss(), *curve("sine"), optimizer, explained, batch_size=20, epochs=40)
