"""Training rows are scaled, validation rows are not.

Images in the thread, of which one half was divided by 255; columns of wine here.
"""

from __future__ import annotations

from torch import nn, optim

from faulty.data import wine
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "data", ("valid-differs",)
SOURCE = "https://stackoverflow.com/questions/59325381"


def build(faulty: bool) -> Program:
    train, scaled = wine()
    model = nn.Sequential(*stack([13, 32, 3]))
    optimizer = optim.Adam(model.parameters(), lr=0.005)
    valid = wine(scaled=False)[1] if faulty else scaled
    return Program(model, nn.CrossEntropyLoss(), train, valid, optimizer, accuracy, epochs=20)
