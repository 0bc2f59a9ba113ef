"""The loss no longer falls while the rate is as high as ever."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_PART, _LEAST = 0.3, 10  # of the epochs without progress; epochs
_PROGRESS = 0.01  # of the chance loss
_STILL_HIGH = 0.5  # of the highest rate


def rule(case: Case) -> list[Finding]:
    """No progress of the training loss for the last 30 % of the epochs, at more than half of the highest rate."""
    count = max(_LEAST, round(_PART * case.epochs))
    if case.diverged or case.epochs < 2 * count or case.is_lost or not len(case.rate):
        return []
    before, after = case.train_loss[-2 * count : -count], case.train_loss[-count:]
    unit = case.when.unit
    was, left = float(np.median(before)), float(np.median(after))
    gained = was - left
    is_high = case.rate[-1] > _STILL_HIGH * case.rate.max()
    noisy = float(np.abs(np.diff(after)).mean())
    if gained > _PROGRESS * case.chance or not is_high or left < 0.1 * case.chance or noisy < gained:
        return []
    return [
        Finding(
            id="plateau",
            severity="note",
            what=f"A plateau: over the last {case.when.counted(count)} the training loss went from {figure(was)} to "
            f"{figure(left)}, swinging by {figure(noisy)} from {unit} to {unit}, with the rate still at "
            f"{figure(float(case.rate[-1]))}.",
            evidence={"gained": gained, "swing": noisy, "rate": float(case.rate[-1]), "epochs": count},
            why="At this rate each step undoes what the last one gained; shorter steps go on down.",
            action="Let the rate fall (schedule='plateau' or 'cosine').",
            advice={"schedule": "cosine"},
            reference="cs231n: lower the rate when validation stops improving; Smith 2017, arXiv 1506.01186",
        )
    ]
