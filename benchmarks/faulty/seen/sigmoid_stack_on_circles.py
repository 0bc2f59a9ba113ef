"""Eight layers with sigmoid, through which no gradient comes.

Two circles, Adam.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import rings
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "activation", ("vanishing-gradient",)
SOURCE = "https://github.com/shiningrain/AUTOTRAINER/tree/HEAD/AutoTrainer/demo_case/Gradient_Vanish_Case"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([2, *[16] * 8, 2], nn.Sigmoid if faulty else nn.ReLU))
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    return Program(model, nn.CrossEntropyLoss(), *rings(), optimizer, accuracy, epochs=30)
