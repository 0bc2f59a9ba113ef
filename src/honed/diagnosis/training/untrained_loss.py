"""The loss before training is far from that of a guess."""

from __future__ import annotations

import math

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_FAR, _FAR_VALUES = 3.0, 6.0  # times the loss of a guess, for classes and for numbers


def rule(case: Case) -> list[Finding]:
    """The untrained network's loss against ln C for C classes, or the spread of the target."""
    first = case.early("loss")
    if not len(first) or not math.isfinite(float(first[0])):
        return []
    guess = math.log(case.classes) if case.classes and _is_entropy(case) else case.chance
    if guess <= 0 or first[0] < (_FAR if case.classes else _FAR_VALUES) * guess:
        return []
    name = f"ln {case.classes}" if case.classes and _is_entropy(case) else "that of a constant answer"
    return [
        Finding(
            id="untrained-loss",
            severity="warning",
            what=f"Before training the loss was {figure(float(first[0]))}, {figure(float(first[0]) / guess)} times "
            f"{name} ({figure(guess)}).",
            evidence={"loss": float(first[0]), "guess": guess},
            why="An untrained network should know nothing; this one is sure of wrong answers, so the first steps only "
            "undo that. Starting weights or inputs are too large, or the outputs do not fit the loss.",
            action="Scale the inputs and the starting weights (init='auto'), and look at the loss.",
            advice={"init": "auto"} if case.network is not None and case.network.init != "auto" else {},
            reference="cs231n: check the loss at chance performance",
        )
    ]


def _is_entropy(case: Case) -> bool:
    return case.training is None or case.training.loss_for(True) == "cross_entropy"
