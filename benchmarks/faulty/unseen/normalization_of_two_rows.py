"""Batch normalization over batches of two.

Of two rows it leaves the sign of their difference.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained

KIND, FAULTS = "penalty", ("batch-norm-of-few-rows", "modes-disagree", "batch-too-noisy", "rows-depend")
SOURCE = "https://discuss.pytorch.org/t/what-does-model-eval-do-for-batchnorm-layer/7146/2"


def build(faulty: bool) -> Program:
    model = nn.Sequential(
        nn.Linear(10, 32),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Linear(32, 32),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Linear(32, 1),
    )
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    size, epochs = (2, 6) if faulty else (32, 40)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, batch_size=size, epochs=epochs)
