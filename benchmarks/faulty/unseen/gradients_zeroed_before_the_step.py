"""Gradients are set to zero between backward and step.

No parameter ever moves.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import iris
from faulty.program import Program, Watch, accuracy, plain, stack

KIND, FAULTS = "loop", ("never-moves", "frozen-layer", "no-gradient")
SOURCE = "http://xiaobeizi.cn/x/6iuujguWdu"


def emptied(program: Program, watch: Watch) -> None:
    """A loop whose zero_grad stands a line too low."""
    for _ in range(program.epochs):
        program.model.train()
        for inputs, targets in program.loader():
            loss = program.loss(inputs, targets)
            loss.backward()
            program.optimizer.zero_grad()
            program.optimizer.step()
            watch.step(loss)
        program.validate(watch)


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([4, 16, 3]))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loop = emptied if faulty else plain
    return Program(model, nn.CrossEntropyLoss(), *iris(), optimizer, accuracy, epochs=25, loop=loop)
