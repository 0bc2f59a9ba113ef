"""Batch normalization whose running statistics are never brought up to date.

A momentum of 0.001 was meant as 0.999 of another library; evaluation takes the start's zeros and ones.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import wine
from faulty.program import Program, accuracy

KIND, FAULTS = "penalty", ("modes-disagree",)
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/missing_batchnorm"


def build(faulty: bool) -> Program:
    speed = 0.0001 if faulty else 0.1
    model = nn.Sequential(nn.Linear(13, 32), nn.BatchNorm1d(32, momentum=speed), nn.ReLU(), nn.Linear(32, 3))
    (inputs, labels), (held, others) = wine()
    train, valid = (10 * inputs + 30, labels), (10 * held + 30, others)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.CrossEntropyLoss(), train, valid, optimizer, accuracy, batch_size=25, epochs=20)
