"""One batch normalization is used behind two layers.

Its running mean and spread are of neither, so that only evaluation fails.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim
from torch.nn import functional as F

from faulty.data import digits
from faulty.program import Program, accuracy

KIND, FAULTS = "penalty", ("modes-disagree",)
SOURCE = "https://discuss.pytorch.org/t/what-does-model-eval-do-for-batchnorm-layer/7146"


class Network(nn.Module):
    """Three linear layers, the hidden ones normalized."""

    def __init__(self, shared: bool) -> None:
        super().__init__()
        self.first, self.second, self.out = nn.Linear(64, 32), nn.Linear(32, 32), nn.Linear(32, 10)
        self.norm = nn.BatchNorm1d(32)
        self.norm2 = self.norm if shared else nn.BatchNorm1d(32)
        with torch.no_grad():
            self.first.weight.mul_(8.0)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of ten classes."""
        hidden = F.relu(self.norm(self.first(inputs)))
        return self.out(F.relu(self.norm2(self.second(hidden))))


def build(faulty: bool) -> Program:
    model = Network(shared=faulty)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    return Program(model, nn.CrossEntropyLoss(), *digits(), optimizer, accuracy, batch_size=35, epochs=8)
