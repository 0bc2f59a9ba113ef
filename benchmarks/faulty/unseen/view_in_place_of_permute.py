"""The axes of a sequence are turned by view, which mixes its numbers.

Convolutions along 12 steps of 3 columns, which are (steps, columns) in the table.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import sequences
from faulty.program import Program, accuracy

KIND, FAULTS = "shape", ("axes", "no-signal", "overfitting")
SOURCE = "https://blog.csdn.net/qq_40231500/article/details/90606872"


class Network(nn.Module):
    """A convolution along the steps, a mean over them, a linear layer."""

    def __init__(self, mixed: bool) -> None:
        super().__init__()
        self.conv, self.head, self.mixed = nn.Conv1d(3, 16, 1), nn.Linear(16, 2), mixed

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of two classes, from (rows, steps, columns)."""
        rows, steps, columns = inputs.shape
        turned = inputs.reshape(rows, columns, steps) if self.mixed else inputs.permute(0, 2, 1)
        return self.head(torch.relu(self.conv(turned)).mean(dim=2))


def build(faulty: bool) -> Program:
    model = Network(mixed=faulty)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.CrossEntropyLoss(), *sequences(), optimizer, accuracy, epochs=15)
