"""A softmax in front of a cross entropy that has its own.

Ten classes from pixels, one hidden layer, SGD.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "loss", ("softmax-before-loss",)
SOURCE = "https://discuss.pytorch.org/t/cross-entropy-loss-is-not-decreasing/43814/16"


def build(faulty: bool) -> Program:
    layers = stack([64, 32, 10])
    model = nn.Sequential(*layers, nn.Softmax(dim=1)) if faulty else nn.Sequential(*layers)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    return Program(model, nn.CrossEntropyLoss(), *digits(), optimizer, accuracy, epochs=15)
