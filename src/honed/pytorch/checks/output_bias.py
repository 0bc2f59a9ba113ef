"""Outputs that start far from the mean of the targets."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import DISTANCES, Facts

_FAR = 4.0  # deviations of the targets
_RARE, _TIMES = 0.05, 3.0  # rate of a class; the loss at the start over that of the base rate
_SLOW = 0.5  # of the loss of a constant answer, that training leaves


def rule(facts: Facts) -> list[Finding]:
    """A mean of the untrained outputs many deviations from that of the targets, or a rare class said to be likely."""
    targets, outputs = facts.targets, facts.outputs_before
    if (
        not targets.size
        or not outputs.size
        or not np.isfinite(outputs).all()
        or targets.dtype.kind not in "fiu"
    ):
        return []
    slow = facts.case.last_train > _SLOW * facts.case.chance
    severity = "warning" if slow else "note"
    if facts.loss in DISTANCES:
        spread = float(targets.std())
        far = abs(float(targets.mean()) - float(outputs.mean())) / max(spread, 1e-12)
        if far < _FAR or spread == 0:
            return []
        seen = f"their mean is {figure(float(outputs.mean()))}, that of the targets {figure(float(targets.mean()))}"
        seen += f", {figure(far)} of their deviations away"
        value = f"{float(targets.mean()):.4g}"
    elif facts.loss.startswith("binary"):
        rate = float(targets.mean())
        first = facts.case.early("loss")
        if not 0 < min(rate, 1 - rate) < _RARE or not len(first) or first[0] < _TIMES * facts.case.chance:
            return []
        seen = f"the loss is {figure(float(first[0]))}, where the base rate of {figure(rate)} alone has "
        seen += figure(facts.case.chance)
        value = f"{np.log(rate / (1 - rate)):.3g}"
        far = float(first[0]) / facts.case.chance
    else:
        return []
    return [
        Finding(
            id="output-bias",
            severity=severity,
            what=f"The outputs start far from the targets: {seen}.",
            evidence={"far": far},
            why="The first part of training only moves the last bias there, with gradients that say nothing else.",
            action=f"Start the last bias there: nn.init.constant_(last.bias, {value}); or scale the targets.",
            reference="Karpathy, A Recipe for Training Neural Networks: init well",
        )
    ]
