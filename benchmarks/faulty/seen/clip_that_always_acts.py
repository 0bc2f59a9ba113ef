"""Gradients are clipped to a norm far below theirs.

Each step has the same tiny length.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, Watch, accuracy, stack

KIND, FAULTS = "loop", ("clip-always", "rate-too-low")
SOURCE = "https://theneuralbase.com/pytorch/learn/intermediate/gradient-exploding-gradient-clipping/"


def clipped(largest: float) -> Callable[[Program, Watch], None]:
    """A loop that clips gradients to a norm of at most `largest`."""

    def loop(program: Program, watch: Watch) -> None:
        for _ in range(program.epochs):
            program.model.train()
            for inputs, targets in program.loader():
                program.optimizer.zero_grad()
                loss = program.loss(inputs, targets)
                loss.backward()
                nn.utils.clip_grad_norm_(program.model.parameters(), largest)
                program.optimizer.step()
                watch.step(loss)
            program.validate(watch)

    return loop


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 32, 10]))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    loop = clipped(0.01 if faulty else 5.0)
    return Program(model, nn.CrossEntropyLoss(), *digits(rows=800), optimizer, accuracy, epochs=12, loop=loop)
