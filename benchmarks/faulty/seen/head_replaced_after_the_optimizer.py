"""The output layer is replaced after the optimizer was made.

The optimizer holds the old one; features and new layer are trained in the twin.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, accuracy

KIND, FAULTS = "loop", ("not-in-optimizer", "frozen-layer")
SOURCE = "https://theneuralbase.com/pytorch/learn/intermediate/freezing-base-model-weights/"


def build(faulty: bool) -> Program:
    model = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(54, 20))
    for value in model[0].parameters():
        value.requires_grad = False
    optimizer = optim.Adam([value for value in model.parameters() if value.requires_grad], lr=0.02)
    model[4] = nn.Linear(54, 10)
    if not faulty:
        optimizer = optim.Adam([value for value in model.parameters() if value.requires_grad], lr=0.02)
    return Program(
        model, nn.CrossEntropyLoss(), *digits(image=True, rows=700), optimizer, accuracy, epochs=10
    )
