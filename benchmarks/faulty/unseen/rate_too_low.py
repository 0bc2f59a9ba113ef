"""SGD at 0.0005, where 0.1 would do.

The digits by one hidden layer.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "rate", ("rate-too-low",)
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/low_lr"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 32, 10]))
    optimizer = optim.SGD(model.parameters(), lr=0.001 if faulty else 0.1)
    return Program(model, nn.CrossEntropyLoss(), *digits(), optimizer, accuracy, epochs=12)
