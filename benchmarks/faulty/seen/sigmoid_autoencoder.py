"""An autoencoder with sigmoid layers that start small.

Three layers as wide as the input, weights of spread 0.05, SGD.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import digits
from faulty.program import Program, explained, stack

KIND, FAULTS = "activation", ("vanishing-gradient", "rate-too-low")
SOURCE = "https://stackoverflow.com/questions/39217567"


def build(faulty: bool) -> Program:
    model = nn.Sequential(*stack([64, 64, 64, 64], nn.Sigmoid if faulty else nn.ReLU))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.1)
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    (inputs, _), (held, _) = digits(rows=700)
    return Program(model, nn.MSELoss(), (inputs, inputs), (held, held), optimizer, explained, epochs=25)
