"""A relu behind the last layer, where targets are below zero as well.

Two columns, four hidden units, squared error.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import curve
from faulty.program import Program, explained, stack

KIND, FAULTS = "loss", ("bounded-output", "relu-before-loss")
SOURCE = "https://stackoverflow.com/questions/48251943"


def build(faulty: bool) -> Program:
    layers = stack([1, 16, 1])
    model = nn.Sequential(*layers, nn.ReLU()) if faulty else nn.Sequential(*layers)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.MSELoss(), *curve("square"), optimizer, explained, epochs=40)
