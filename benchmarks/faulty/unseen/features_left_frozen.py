"""All but the head is frozen, although nothing was learned before.

Twelve filters that stay as they started.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import moons
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "loop", ("frozen-layer",)
SOURCE = "https://leyaa.ai/codefly/learn/pytorch/part-2/pytorch-finetuning-strategy"


def build(faulty: bool) -> Program:
    body = nn.Sequential(*stack([2, 6, 6]), nn.ReLU())
    model = nn.Sequential(body, nn.Linear(6, 2))
    for value in body.parameters():
        value.requires_grad = not faulty
    optimizer = optim.Adam([value for value in model.parameters() if value.requires_grad], lr=0.02)
    return Program(model, nn.CrossEntropyLoss(), *moons(), optimizer, accuracy, epochs=40)
