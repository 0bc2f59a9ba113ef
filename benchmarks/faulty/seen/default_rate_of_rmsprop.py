"""The default rate is too small for targets of hundreds.

A linear regression by RMSprop, whose steps are as long as its rate.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import diabetes
from faulty.program import Program, explained

KIND, FAULTS = "rate", ("rate-too-low", "unscaled-targets")
SOURCE = "https://stackoverflow.com/questions/51181393"


def build(faulty: bool) -> Program:
    model = nn.Sequential(nn.Linear(10, 1))
    optimizer = optim.RMSprop(model.parameters(), lr=0.001 if faulty else 0.5)
    return Program(model, nn.MSELoss(), *diabetes(), optimizer, explained, epochs=40)
