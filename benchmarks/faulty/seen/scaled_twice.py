"""Pixels are divided by their range twice.

Some readers of images divide already; the network sees nearly nothing.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "data", ("unscaled-inputs", "rate-too-low")
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/double_normalization"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 32, 10]))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    rows = digits(divisor=16.0 * 255.0 if faulty else 16.0)
    return Program(model, nn.CrossEntropyLoss(), *rows, optimizer, accuracy, epochs=12)
