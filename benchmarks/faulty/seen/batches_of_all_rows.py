"""Batches as large as the table, and five epochs.

The multi-label texts of the thread in small: wide layers, momentum 0.9, rate 0.01.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import hard
from faulty.program import Program, accuracy

KIND, FAULTS = "rate", ("batch-too-large", "stopped-early", "rate-too-low")
SOURCE = "https://stackoverflow.com/questions/44164749"


def build(faulty: bool) -> Program:
    model = nn.Sequential(
        nn.Linear(20, 200),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(200, 60),
        nn.ReLU(),
        nn.Dropout(0.1),
        nn.Linear(60, 2),
    )
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9, nesterov=True)
    size = 2000 if faulty else 32
    return Program(model, nn.CrossEntropyLoss(), *hard(), optimizer, accuracy, batch_size=size, epochs=5)
