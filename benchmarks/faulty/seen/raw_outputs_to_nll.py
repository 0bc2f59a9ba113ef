"""Raw outputs are given to a loss that takes logarithms of probabilities.

The loss has no lower end; it falls, and nothing is learned that a softmax would not do better.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "loss", ("no-log-softmax", "wrong-loss")
SOURCE = "https://runebook.dev/en/articles/pytorch/generated/torch.nn.softmax"


def build(faulty: bool) -> Program:
    layers = stack([64, 32, 10])
    model = nn.Sequential(*layers) if faulty else nn.Sequential(*layers, nn.LogSoftmax(dim=1))
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    return Program(model, nn.NLLLoss(), *digits(), optimizer, accuracy, epochs=12)
