"""A good part of the labels is wrong.

Digits, of which every second got another class.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "data", ("wrong-labels", "overfitting", "no-signal")
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/wrong_labels"


def build(faulty: bool) -> Program:
    (inputs, labels), valid = digits(rows=700)
    if faulty:
        generator = np.random.default_rng(0)
        other = torch.from_numpy((labels.numpy() + generator.integers(1, 10, len(labels))) % 10)
        labels = torch.where(torch.from_numpy(generator.uniform(size=len(labels)) < 0.5), other, labels)
    model = nn.Sequential(*stack([64, 128, 10]))
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.CrossEntropyLoss(), (inputs, labels), valid, optimizer, accuracy, epochs=50)
