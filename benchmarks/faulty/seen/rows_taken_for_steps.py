"""A recurrent layer takes the rows of a batch for the steps of a sequence.

batch_first is left out; each row's answer depends on the rows before it.
"""

from __future__ import annotations

from torch import Tensor, nn, optim

from faulty.data import sequences
from faulty.program import Program, accuracy

KIND, FAULTS = "shape", ("rows-depend",)
SOURCE = "https://taourl.com/read-2624309.html"


class Network(nn.Module):
    """A gated recurrent layer, and a linear one on its last state."""

    def __init__(self, first: bool) -> None:
        super().__init__()
        self.cell, self.head = nn.GRU(3, 24, batch_first=first), nn.Linear(24, 2)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of two classes, from (rows, steps, columns)."""
        hidden, _ = self.cell(inputs)
        return self.head(hidden[:, -1])


def build(faulty: bool) -> Program:
    model = Network(first=not faulty)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.CrossEntropyLoss(), *sequences(), optimizer, accuracy, epochs=12)
