"""A functional dropout that does not know of evaluation.

Two layers; predictions are drawn by lot.
"""

from __future__ import annotations

from torch import Tensor, nn, optim
from torch.nn import functional as F

from faulty.data import friedman
from faulty.program import Program, explained

KIND, FAULTS = "penalty", ("modes-disagree", "random-outputs", "dropout-too-strong")
SOURCE = "https://runebook.dev/en/docs/pytorch/generated/torch.nn.functional.dropout"


class Network(nn.Module):
    """A regression with dropout on its hidden values."""

    def __init__(self, always: bool) -> None:
        super().__init__()
        self.first, self.out, self.always = nn.Linear(10, 20), nn.Linear(20, 1), always

    def forward(self, inputs: Tensor) -> Tensor:
        """Numbers of shape (rows, 1)."""
        hidden = F.relu(self.first(inputs))
        hidden = F.dropout(hidden, p=0.5) if self.always else F.dropout(hidden, p=0.5, training=self.training)
        return self.out(hidden)


def build(faulty: bool) -> Program:
    model = Network(always=faulty)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=40)
