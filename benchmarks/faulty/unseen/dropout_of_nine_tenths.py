"""Dropout takes nearly all of two narrow layers.

UMLAUT warns above one half.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy

KIND, FAULTS = "penalty", ("dropout-too-strong",)
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/over_regulariaztion"


def build(faulty: bool) -> Program:
    share = 0.9 if faulty else 0.1
    layers: list[nn.Module] = [nn.Linear(64, 40), nn.ReLU(), nn.Dropout(share), nn.Linear(40, 40), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Dropout(share), nn.Linear(40, 10))
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.CrossEntropyLoss(), *digits(rows=800), optimizer, accuracy, epochs=15)
