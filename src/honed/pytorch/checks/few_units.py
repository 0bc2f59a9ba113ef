"""Layers too narrow for what they are to learn."""

from __future__ import annotations

import math

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_FEW = 3  # units of a hidden layer
_LEFT = 0.15  # of the loss of a constant answer, at the end


def rule(facts: Facts) -> list[Finding]:
    """A hidden layer of at most three units, and a training loss that stays above 0.15 of a constant answer's."""
    narrow = [layer for layer in facts.layers[:-1] if 0 < layer.units <= _FEW and layer.kind == "linear"]
    train = facts.case.last_train
    if not narrow or not math.isfinite(train) or train < _LEFT * facts.case.chance:
        return []
    return [
        Finding(
            id="too-few-units",
            severity="warning",
            what=f"The layer {narrow[0].path} has {narrow[0].units} units, and the training loss ends at "
            f"{figure(train)}, "
            f"where {facts.case.baseline} has {figure(facts.case.chance)}.",
            evidence={"modules": [layer.path for layer in narrow], "last_train": train},
            why="All that later layers know of a row goes through these few numbers, and a relu of two that dies takes "
            "half of it away.",
            action="Take 16 or more units in each hidden layer.",
            reference="cs231n: prefer larger networks with penalties to small ones",
        )
    ]
