"""Squared error of a softmax, where classes are wanted.

Two hidden layers of 20 with dropout, plain SGD.
"""

from __future__ import annotations

from torch import Tensor, nn, optim
from torch.nn import functional as F

from faulty.data import wine
from faulty.program import Program, accuracy

KIND, FAULTS = "loss", ("wrong-loss", "rate-too-low")
SOURCE = "https://stackoverflow.com/questions/38648195"


def squared(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error of the softmax against the classes' indicator."""
    return F.mse_loss(outputs.softmax(dim=1), F.one_hot(targets, outputs.shape[1]).float())


def build(faulty: bool) -> Program:
    hidden = [nn.Linear(13, 20), nn.ReLU(), nn.Dropout(0.2), nn.Linear(20, 20), nn.ReLU(), nn.Linear(20, 3)]
    model = nn.Sequential(*hidden)
    optimizer = optim.SGD(model.parameters(), lr=0.03)
    loss = squared if faulty else nn.CrossEntropyLoss()
    return Program(model, loss, *wine(), optimizer, accuracy, batch_size=20, epochs=25)
