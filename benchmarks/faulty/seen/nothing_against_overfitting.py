"""Many weights, few rows, noise, and nothing that holds them.

150 rows, a part of their labels wrong, by two layers of 256. Scored by the likelihood. The twin has
dropout and a decay, and stops in time.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import hard
from faulty.program import Program, likelihood

KIND, FAULTS = "penalty", ("overfitting",)
SOURCE = "https://github.com/thedeepchecker/thedeepchecker/tree/d6a7e7272582349d60407c8d0891c47d484a9a20/buggy_synthetic_programs/missing_regulariaztion"


def build(faulty: bool) -> Program:
    (inputs, labels), valid = hard(noise=0.3)
    share = 0.0 if faulty else 0.5
    layers: list[nn.Module] = [
        nn.Linear(20, 256),
        nn.ReLU(),
        nn.Dropout(share),
        nn.Linear(256, 256),
        nn.ReLU(),
    ]
    model = nn.Sequential(*layers, nn.Dropout(share), nn.Linear(256, 2))
    optimizer = optim.AdamW(model.parameters(), lr=0.001, weight_decay=0.0 if faulty else 1.0)
    train = (inputs[:150], labels[:150])
    return Program(
        model,
        nn.CrossEntropyLoss(),
        train,
        valid,
        optimizer,
        likelihood,
        batch_size=25,
        epochs=40 if faulty else 10,
    )
