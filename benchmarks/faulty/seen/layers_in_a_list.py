"""Hidden layers are kept in a Python list, where the module does not see them.

The optimizer has the last layer alone.
"""

from __future__ import annotations

from torch import Tensor, nn, optim
from torch.nn import functional as F

from faulty.data import rings
from faulty.program import Program, accuracy

KIND, FAULTS = "loop", ("not-in-optimizer", "frozen-layer")
SOURCE = "https://www.engineermaxxing.com/micro/lessons/pytorch-internals.html"


class Network(nn.Module):
    """Hidden layers in a list, an output layer."""

    def __init__(self, registered: bool) -> None:
        super().__init__()
        hidden = [nn.Linear(2, 8), nn.Linear(8, 8)]
        self.hidden = nn.ModuleList(hidden) if registered else hidden
        self.out = nn.Linear(8, 2)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of two classes."""
        for layer in self.hidden:
            inputs = F.relu(layer(inputs))
        return self.out(inputs)


def build(faulty: bool) -> Program:
    model = Network(registered=not faulty)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    return Program(model, nn.CrossEntropyLoss(), *rings(), optimizer, accuracy, epochs=25)
