"""The model is never put back into training mode after it was validated.

It was validated once before the first epoch; its normalization keeps the start's mean of 0 and spread of 1.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import wine
from faulty.program import Program, Watch, accuracy, plain

KIND, FAULTS = "loop", ("left-in-evaluation", "unscaled-inputs")
SOURCE = "https://www.creativeworksofknowledge.com/cwk-quests/deep-learning-foundations/training/eval-mode/"


def stuck(program: Program, watch: Watch) -> None:
    """A loop that looks at the validation rows first, and never calls train() again."""
    program.validate(watch)
    for _ in range(program.epochs):
        for inputs, targets in program.loader():
            program.optimizer.zero_grad()
            loss = program.loss(inputs, targets)
            loss.backward()
            program.optimizer.step()
            watch.step(loss)
        program.validate(watch)


def build(faulty: bool) -> Program:
    (inputs, labels), (held, others) = wine()
    train, valid = (10 * inputs + 40, labels), (10 * held + 40, others)
    model = nn.Sequential(nn.Linear(13, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    loop = stuck if faulty else plain
    return Program(
        model, nn.CrossEntropyLoss(), train, valid, optimizer, accuracy, batch_size=25, epochs=20, loop=loop
    )
