"""Outputs of shape (rows, 1) against targets of shape (rows,).

The sum of three numbers by one linear layer; the loss compares each row with every other.
"""

from __future__ import annotations

import numpy as np
from torch import nn, optim

from faulty.data import halves
from faulty.program import Program, explained

KIND, FAULTS = "loss", ("target-shape",)
SOURCE = (
    "https://whosebug.com/question/6496401/Output-of-the-model-depends-on-the-shape-of-the-weights-tensor"
)


def build(faulty: bool) -> Program:
    X = np.random.default_rng(0).uniform(size=(800, 3))
    train, valid = halves(X, X.sum(1), scaled=False)
    if faulty:
        train, valid = (train[0], train[1][:, 0]), (valid[0], valid[1][:, 0])
    model = nn.Sequential(nn.Linear(3, 1, bias=False))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return Program(model, nn.MSELoss(), train, valid, optimizer, explained, batch_size=64, epochs=40)
