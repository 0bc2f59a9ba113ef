"""Adam at 0.1, which keeps the loss high.

The regression of facial key points in small: four hidden layers.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained, stack

KIND, FAULTS = "rate", ("rate-too-high", "dead-units")
SOURCE = "https://github.com/Wardat-ISU/DeepLocalize/tree/HEAD/Benchmark/GitHub/Buggy%20Model/FacialKeypointsDetection"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([10, 100, 100, 100, 100, 1]))
    optimizer = optim.Adam(model.parameters(), lr=0.1 if faulty else 0.002)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=25)
