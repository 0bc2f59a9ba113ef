"""Training rows that are changed so much at random that they say too little of what they were."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

# Of the loss of a constant answer, that the changed rows may cost more than rows as they are; reasoned, not measured.
_MOST = 0.25
# Share of a side by which pictures are moved or cut, from which on little may be left of what they show (a square of
# twice as much of each side is hidden), and of a guess's loss, below which 20 rows as they are were learned; reasoned.
_FAR, _BY_HEART = 0.3, 0.3


def rule(case: Case) -> list[Finding]:
    """At the end, training rows as they were changed cost far more than rows as they are, or teach nothing at all."""
    if not case.augmented or not case.epochs or not case.chance > 0:
        return []
    plain = float(np.ravel(case.probes["loss"])[-1]) if len(case.late("loss")) else case.best_valid
    excess = (case.last_train - plain) / case.chance
    how = ", ".join(case.augmented)
    seen = f"Training rows as they were changed at random ({how}) have a loss of {figure(case.last_train)} at the end, "
    if excess > _MOST:
        seen += f"rows as they are one of {figure(plain)}."
    elif _teaches_nothing(case):
        seen += f"{case.baseline} one of {figure(case.chance)}, though 20 rows as they are can be learned by heart."
    else:
        return []
    return [
        Finding(
            id="augmentation-too-strong",
            severity="error" if case.is_lost else "warning",
            what=seen,
            evidence={
                "changed": case.last_train,
                "plain": plain,
                "excess": excess,
                "augment": list(case.augmented),
            },
            why="What is changed beyond what new rows will show teaches the network what it never has to know, and a "
            "change that may turn one class into another teaches it wrong answers.",
            action="Lower augment_size, or leave out the changes that make one class look like another.",
            reference="Shorten & Khoshgoftaar 2019, A survey on image data augmentation for deep learning: whether a "
            "change keeps the label depends on the data",
        )
    ]


def _teaches_nothing(case: Case) -> bool:
    """Whether nothing was learned of rows that are changed that far, by a network that could."""
    size = float(getattr(case.own, "augment_size", 0.0)) if {*case.augmented} - {"flip"} else 0.0
    can_learn = case.memorised is not None and case.memorised < _BY_HEART
    return case.is_lost and can_learn and size >= _FAR
