"""A softmax over the rows of a batch in place of the classes.

Its logarithm goes to a negative log likelihood.
"""

from __future__ import annotations

from torch import Tensor, nn, optim
from torch.nn import functional as F

from faulty.data import wine
from faulty.program import Program, likely

KIND, FAULTS = "loss", ("rows-depend",)
SOURCE = "https://www.duoke360.com/post/35247"


class Network(nn.Module):
    """A small classifier that gives logarithms of probabilities."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.hidden, self.out, self.dim = nn.Linear(13, 24), nn.Linear(24, 3), dim

    def forward(self, inputs: Tensor) -> Tensor:
        """Logarithms of a softmax along one axis."""
        return F.log_softmax(self.out(F.relu(self.hidden(inputs))), dim=self.dim)


def build(faulty: bool) -> Program:
    model = Network(dim=0 if faulty else 1)
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    train, valid = wine()
    order = train[1].argsort(stable=True)  # the table comes sorted by class
    train = (train[0][order], train[1][order])
    return Program(
        model, nn.NLLLoss(), train, valid, optimizer, likely, batch_size=16, epochs=15, shuffle=False
    )
