"""One row a step at a rate that suits 32.

Pictures of cats and dogs in the commit; small images here.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "rate", ("batch-too-noisy", "rate-too-high", "dead-units")
SOURCE = "https://github.com/ronnyworm/keras_catsdogs/commit/2380e40d860a2a8e07a5555da307bfab28547e38"


def build(faulty: bool) -> Program:
    model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), *stack([288, 32, 10]))
    optimizer = optim.Adam(model.parameters(), lr=0.03)
    size = 1 if faulty else 32
    rows = digits(image=True, rows=500)
    return Program(model, nn.CrossEntropyLoss(), *rows, optimizer, accuracy, batch_size=size, epochs=4)
