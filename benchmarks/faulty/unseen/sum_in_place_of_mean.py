"""The loss is the sum over a batch, so that the rate counts as many times as the batch has rows.

One hidden layer and SGD with the rate that suits the mean.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import friedman
from faulty.program import Program, explained, stack

KIND, FAULTS = "loss", ("sum-in-place-of-mean", "rate-too-high", "not-finite")
SOURCE = "https://stats.stackexchange.com/questions/183840/sum-or-average-of-gradients-in-mini-batch-gradient-decent"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([10, 64, 1]))
    optimizer = optim.SGD(model.parameters(), lr=0.05)
    loss = nn.MSELoss(reduction="sum" if faulty else "mean")
    return Program(model, loss, *friedman(), optimizer, explained, batch_size=64, epochs=40)
