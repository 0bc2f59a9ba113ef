"""Gradients are clipped after the step, which then takes them as they were.

A recurrent network with a large start and SGD.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn, optim

from faulty.data import sequences
from faulty.program import Program, Watch, accuracy

KIND, FAULTS = "loop", ("clip-never", "exploding-gradient", "not-finite", "rate-too-high")
SOURCE = "https://mlkatas.com/kata/53"


class Network(nn.Module):
    """The last hidden state of a relu network decides."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.RNN(3, 24, nonlinearity="relu", batch_first=True), nn.Linear(24, 2)
        with torch.no_grad():
            self.get_parameter("cell.weight_hh_l0").copy_(1.25 * torch.eye(24) + 0.1 * torch.randn(24, 24))

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits of two classes."""
        hidden, _ = self.cell(inputs)
        return self.head(hidden[:, -1])


def late(program: Program, watch: Watch) -> None:
    """A loop whose clip stands a line too low."""
    for _ in range(program.epochs):
        program.model.train()
        for inputs, targets in program.loader():
            program.optimizer.zero_grad()
            loss = program.loss(inputs, targets)
            loss.backward()
            program.optimizer.step()
            nn.utils.clip_grad_norm_(program.model.parameters(), 1.0)
            watch.step(loss)
        program.validate(watch)


def early(program: Program, watch: Watch) -> None:
    """The same with the clip in its place."""
    for _ in range(program.epochs):
        program.model.train()
        for inputs, targets in program.loader():
            program.optimizer.zero_grad()
            loss = program.loss(inputs, targets)
            loss.backward()
            nn.utils.clip_grad_norm_(program.model.parameters(), 1.0)
            program.optimizer.step()
            watch.step(loss)
        program.validate(watch)


def build(faulty: bool) -> Program:
    model = Network()
    optimizer = optim.SGD(model.parameters(), lr=0.03)
    loop = late if faulty else early
    rows = sequences(length=16)
    return Program(model, nn.CrossEntropyLoss(), *rows, optimizer, accuracy, epochs=10, loop=loop)
