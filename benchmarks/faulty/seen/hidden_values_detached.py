"""Hidden values are detached on their way.

No gradient comes to the layer before.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import curve
from faulty.program import Program, explained

KIND, FAULTS = "loop", ("frozen-layer", "no-gradient")
SOURCE = "https://prodopsy.com/how-can-the-backward-function-in-tensor-influence-the-matrix-in-model"


class Network(nn.Module):
    """Two layers, with or without a way for the gradient between them."""

    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.first, self.out, self.cut = nn.Linear(1, 12), nn.Linear(12, 1), cut

    def forward(self, inputs: Tensor) -> Tensor:
        """Numbers of shape (rows, 1)."""
        hidden = torch.tanh(self.first(inputs))
        return self.out(hidden.detach() if self.cut else hidden)


def build(faulty: bool) -> Program:
    model = Network(cut=faulty)
    optimizer = optim.Adam(model.parameters(), lr=0.03)
    return Program(model, nn.MSELoss(), *curve("sine"), optimizer, explained, batch_size=20, epochs=60)
