"""The training ends after two epochs.

Convolutions on small images, SGD; the thread's repair is ten epochs.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "rate", ("stopped-early", "rate-too-low")
SOURCE = "https://stackoverflow.com/questions/37213388"


def build(faulty: bool) -> Program:
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), *stack([144, 64, 10])
    )
    optimizer = optim.SGD(model.parameters(), lr=0.03, momentum=0.5)
    rows = digits(image=True, rows=800)
    return Program(model, nn.CrossEntropyLoss(), *rows, optimizer, accuracy, epochs=2 if faulty else 12)
