"""A relu behind the last layer of a classifier.

Convolutions on small images; scores below zero cannot be told.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "loss", ("relu-before-loss", "dead-units")
SOURCE = "https://stackoverflow.com/questions/47352366"


def build(faulty: bool) -> Program:
    layers: list[nn.Module] = [
        nn.Conv2d(1, 8, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        *stack([128, 32, 10]),
    ]
    model = nn.Sequential(*layers, nn.ReLU()) if faulty else nn.Sequential(*layers)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return Program(
        model, nn.CrossEntropyLoss(), *digits(image=True, rows=700), optimizer, accuracy, epochs=15
    )
