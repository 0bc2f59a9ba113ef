"""A number is predicted through a softmax over one unit.

Three layers with tanh and dropout, SGD with momentum.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained

KIND, FAULTS = "loss", ("constant-output",)
SOURCE = "https://stackoverflow.com/questions/33969059"


def build(faulty: bool) -> Program:
    hidden = [nn.Linear(10, 10), nn.Tanh(), nn.Dropout(0.1), nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 1)]
    model = nn.Sequential(*hidden, nn.Softmax(dim=-1)) if faulty else nn.Sequential(*hidden)
    optimizer = optim.SGD(model.parameters(), lr=0.02, momentum=0.9, nesterov=True)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=25)
