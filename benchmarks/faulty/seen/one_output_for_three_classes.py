"""Three classes are learned as yes or no by one output.

Class numbers as targets of a sigmoid's cross entropy; in the twin an output a class.
"""

from __future__ import annotations

from torch import Tensor, nn, optim

from faulty.data import iris
from faulty.program import Program, accuracy, stack

KIND, FAULTS = "loss", ("wrong-loss",)
SOURCE = "https://stackoverflow.com/questions/50079585"


def build(faulty: bool) -> Program:
    train, valid = iris()
    if not faulty:
        model = nn.Sequential(*stack([4, 16, 3]))
        return Program(
            model,
            nn.CrossEntropyLoss(),
            train,
            valid,
            optim.Adam(model.parameters(), lr=0.01),
            accuracy,
            epochs=30,
        )
    model = nn.Sequential(*stack([4, 16, 1]))
    train, valid = (train[0], train[1].float().unsqueeze(1)), (valid[0], valid[1].float().unsqueeze(1))

    def score(outputs: Tensor, targets: Tensor) -> float:
        return float((outputs.sigmoid().round() == targets).float().mean())

    return Program(
        model, nn.BCEWithLogitsLoss(), train, valid, optim.Adam(model.parameters(), lr=0.01), score, epochs=30
    )
