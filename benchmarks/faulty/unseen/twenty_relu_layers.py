"""A relu network of 20 layers that loses its signal on the way.

Written digits; in the twin the weights start as He et al. advise.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "activation", ("vanishing-gradient", "start-scale", "dead-units")
SOURCE = "https://github.com/shiningrain/AUTOTRAINER/tree/HEAD/Motivation/DyingReLU"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, *[32] * 20, 10]))
    if not faulty:
        for layer in model:
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)
                nn.init.zeros_(layer.bias)
    optimizer = optim.Adam(model.parameters(), lr=0.002)
    return Program(model, nn.CrossEntropyLoss(), *digits(rows=800), optimizer, accuracy, epochs=14)
