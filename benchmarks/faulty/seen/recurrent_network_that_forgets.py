"""A plain recurrent network is asked for what came 60 steps before.

The mark is in the first step; in the twin a gated one, whose gates start open.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import remembered
from faulty.program import Program, accuracy

KIND, FAULTS = "activation", ("vanishing-gradient",)
SOURCE = "https://github.com/srimugunthan/ml-algos-from-scratch"


class Network(nn.Module):
    """The last hidden state of a recurrent layer decides."""

    def __init__(self, gated: bool) -> None:
        super().__init__()
        self.cell = (nn.GRU if gated else nn.RNN)(2, 16, batch_first=True)
        self.head = nn.Linear(16, 2)
        if gated:
            with torch.no_grad():
                self.get_parameter("cell.bias_hh_l0")[16:32] = 3.0  # keep what was seen

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of two classes."""
        hidden, _ = self.cell(inputs)
        return self.head(hidden[:, -1])


def build(faulty: bool) -> Program:
    model = Network(gated=not faulty)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.CrossEntropyLoss(), *remembered(), optimizer, accuracy, batch_size=50, epochs=12)
