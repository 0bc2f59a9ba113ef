"""A penalty added to the loss is larger than the loss of the data.

Digits; the squares of all weights, times 0.1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "penalty", ("penalty-too-strong",)
SOURCE = "https://stackoverflow.com/questions/55328966"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 32, 10]))
    data_loss = nn.CrossEntropyLoss()

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        weights = torch.cat([value.flatten() for value in model.parameters()])
        return data_loss(outputs, targets) + (0.1 if faulty else 1e-6) * weights.square().sum()

    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return Program(model, loss, *digits(rows=800), optimizer, accuracy, epochs=12)
