"""Weights start with spread 1 whatever the layer's width.

Two sigmoid layers of 100 in the network for digits; they saturate at once.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "start", ("start-scale", "saturation")
SOURCE = "https://stackoverflow.com/questions/48385830"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 100, 100, 10], nn.Sigmoid))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=3.0 if faulty else layer.in_features**-0.5)
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.CrossEntropyLoss(), *digits(), optimizer, accuracy, epochs=12)
