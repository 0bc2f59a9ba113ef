"""Gradients are never set to zero.

Each step goes along the sum of all gradients so far.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, Watch, explained, plain, stack

KIND, FAULTS = "loop", ("gradients-never-zeroed", "rate-too-high")
SOURCE = "https://flisks.com/python-why-do-we-need-to-call-zero-grad-in-pytorch"


def forgetful(program: Program, watch: Watch) -> None:
    """A loop without zero_grad."""
    for _ in range(program.epochs):
        program.model.train()
        for inputs, targets in program.loader():
            loss = program.loss(inputs, targets)
            loss.backward()
            program.optimizer.step()
            watch.step(loss)
        program.validate(watch)


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([10, 32, 1]))
    optimizer = optim.SGD(model.parameters(), lr=0.03)
    loop = forgetful if faulty else plain
    return Program(model, nn.MSELoss(), *friedman(), optimizer, explained, epochs=30, loop=loop)
