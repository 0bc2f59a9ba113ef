"""Columns of hundreds go into tanh.

Seismic tables in the thread; here wine's columns without scaling.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import wine
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "activation", ("unscaled-inputs", "saturation")
SOURCE = "https://stackoverflow.com/questions/46995209"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([13, 10, 20, 3], nn.Tanh))
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.CrossEntropyLoss(), *wine(scaled=not faulty), optimizer, accuracy, epochs=40)
