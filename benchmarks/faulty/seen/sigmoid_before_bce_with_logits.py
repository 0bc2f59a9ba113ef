"""A sigmoid in front of a loss that has its own.

Yes or no from 20 columns; the network's own sigmoid makes the loss see numbers from 0 to 1 as logits.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import hard
from faulty.program import Program, above, stack

KIND, FAULTS = "loss", ("softmax-before-loss",)
SOURCE = "https://discuss.pytorch.org/t/how-to-use-crossentroyloss-to-multiple-bi-classification-task/55247"


def build(faulty: bool) -> Program:
    layers = stack([20, 32, 1])
    model = nn.Sequential(*layers, nn.Sigmoid()) if faulty else nn.Sequential(*layers)
    train, valid = hard(share=0.7)
    train, valid = (train[0], train[1].float().unsqueeze(1)), (valid[0], valid[1].float().unsqueeze(1))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    # a user of that loss reads a logit: above 0 is yes
    return Program(model, nn.BCEWithLogitsLoss(), train, valid, optimizer, above(0.0), epochs=20)
