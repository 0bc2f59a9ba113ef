"""Rows of one class are so many that the other is never said.

One row in 25 is of the second class; in the twin the loss weighs it up. Scored class by class.
"""

from __future__ import annotations

import torch
from torch import nn, optim

from faulty.data import hard
from faulty.program import Program, balanced, stack

KIND, FAULTS = "data", ("imbalance",)
SOURCE = "https://datascience.stackexchange.com/questions/19283/why-mlp-only-learns-bias-for-unbalanced-binary-classification"


def build(faulty: bool) -> Program:
    rows = hard(rows=1500, share=0.04)
    model = nn.Sequential(*stack([20, 8, 8, 8, 2]))
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    weight = None if faulty else torch.tensor([1.0, 25.0])
    return Program(model, nn.CrossEntropyLoss(weight), *rows, optimizer, balanced, epochs=8)
