"""Training rows that are changed so much at random that they say too little of what they were."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

# Of the loss of a constant answer, that the changed rows may cost more than rows as they are; reasoned, not measured.
_MOST = 0.25


def rule(case: Case) -> list[Finding]:
    """At the end, training rows as they were changed cost far more than rows as they are."""
    if not case.augmented or not case.epochs or not case.chance > 0:
        return []
    plain = float(np.ravel(case.probes["loss"])[-1]) if len(case.late("loss")) else case.best_valid
    excess = (case.last_train - plain) / case.chance
    if not excess > _MOST:
        return []
    how = ", ".join(case.augmented)
    return [
        Finding(
            id="augmentation-too-strong",
            severity="error" if case.is_lost else "warning",
            what=f"Training rows as they were changed at random ({how}) have a loss of {figure(case.last_train)} "
            f"at the end, rows as they are one of {figure(plain)}.",
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
