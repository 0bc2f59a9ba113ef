"""The labels are in another order than the rows.

A table of two classes and a hidden layer.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn, optim

from faulty.data import hard
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "data", ("no-signal", "wrong-labels")
SOURCE = "https://datarekha.com/interview/deep-learning/debugging-model-not-learning/"


def build(faulty: bool) -> Program:
    (inputs, labels), valid = hard()
    if faulty:
        labels = labels[torch.from_numpy(np.random.default_rng(0).permutation(len(labels)))]
    model = nn.Sequential(*stack([20, 32, 2]))
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    return Program(model, nn.CrossEntropyLoss(), (inputs, labels), valid, optimizer, accuracy, epochs=20)
