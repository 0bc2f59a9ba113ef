"""The output goes through a sigmoid, the targets leave 0 to 1.

One column, five hidden units, full batches.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import curve
from faulty.program import Program, explained, stack

KIND, FAULTS = "loss", ("bounded-output",)
SOURCE = "https://stackoverflow.com/questions/48221692"


def build(faulty: bool) -> Program:
    layers = stack([1, 5, 1], nn.Sigmoid)
    model = nn.Sequential(*layers, nn.Sigmoid()) if faulty else nn.Sequential(*layers)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    return Program(model, nn.MSELoss(), *curve("line"), optimizer, explained, batch_size=64, epochs=60)
