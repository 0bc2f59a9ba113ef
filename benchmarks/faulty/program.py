"""What a program is, and the loop that trains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

Rows = tuple[Tensor, Tensor]  # inputs and targets, the rows along the first axis
Score = Callable[[Tensor, Tensor], float]  # (outputs, targets) to a number, more is better


class Watch(Protocol):
    """What looks at a loop while it runs."""

    def step(self, loss: Tensor) -> None:
        """Called last in each step, with its loss."""
        ...

    def validate(self, loss: Tensor) -> None:
        """Called at the end of each epoch, with the loss of the validation rows."""
        ...


@dataclass
class Program:
    """A training as its author wrote it.

    `loop` is the author's own where the fault lies in it, or where the twin of such a one is compared.
    """

    model: nn.Module
    loss_fn: Callable[[Tensor, Tensor], Tensor]
    train: Rows
    valid: Rows
    optimizer: torch.optim.Optimizer
    score: Score
    batch_size: int = 32
    epochs: int = 20
    shuffle: bool = True
    loop: Callable[[Program, Watch], None] | None = None

    def loader(self) -> DataLoader[Any]:
        """The training rows in batches."""
        return DataLoader(TensorDataset(*self.train), batch_size=self.batch_size, shuffle=self.shuffle)

    def loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The loss of these rows."""
        return self.loss_fn(self.model(inputs), targets)

    def run(self, watch: Watch) -> None:
        """Train as the author does, watched."""
        (self.loop or plain)(self, watch)

    def validate(self, watch: Watch) -> None:
        """Tell `watch` the validation loss."""
        self.model.eval()
        with torch.no_grad():
            watch.validate(self.loss(*self.valid))

    def scored(self) -> float:
        """The score of the validation rows."""
        self.model.eval()
        with torch.no_grad():
            return self.score(self.model(self.valid[0]), self.valid[1])


class Unwatched:
    """Nobody looks."""

    def step(self, loss: Tensor) -> None:
        """Nothing."""

    def validate(self, loss: Tensor) -> None:
        """Nothing."""


def plain(program: Program, watch: Watch) -> None:
    """The loop of the tutorials."""
    for _ in range(program.epochs):
        program.model.train()
        for inputs, targets in program.loader():
            program.optimizer.zero_grad()
            loss = program.loss(inputs, targets)
            loss.backward()
            program.optimizer.step()
            watch.step(loss)
        program.validate(watch)


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Share of rows whose largest output is that of their class."""
    return float((outputs.argmax(dim=1) == targets).float().mean())


def likely(outputs: Tensor, targets: Tensor) -> float:
    """Mean logarithm of the class's probability, where outputs are such logarithms."""
    return -float(nn.functional.nll_loss(outputs, targets))


def likelihood(outputs: Tensor, targets: Tensor) -> float:
    """Mean logarithm of the class's probability, where outputs are logits."""
    return likely(outputs.log_softmax(dim=1), targets)


def balanced(outputs: Tensor, targets: Tensor) -> float:
    """Mean of the classes' accuracies."""
    right = (outputs.argmax(dim=1) == targets).float()
    return float(torch.stack([right[targets == c].mean() for c in targets.unique()]).mean())


def above(threshold: float) -> Score:
    """Accuracy of one output that says yes above `threshold`, for targets of shape (rows, 1)."""
    return lambda outputs, targets: float(((outputs > threshold) == (targets > 0.5)).float().mean())


def explained(outputs: Tensor, targets: Tensor) -> float:
    """Share of the targets' variance that is explained, of rows times numbers; below -1 or not finite is -1."""
    outputs, targets = outputs.flatten().double(), targets.flatten().double()
    value = 1 - float(((outputs - targets) ** 2).mean() / targets.var(correction=0))
    return value if value > -1 else -1.0


def stack(widths: list[int], activation: Callable[[], nn.Module] | None = nn.ReLU) -> list[nn.Module]:
    """Linear layers of these widths with an activation behind all but the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers.append(nn.Linear(inputs, outputs))
        if activation is not None:
            layers.append(activation())
    return layers[:-1] if activation is not None else layers
