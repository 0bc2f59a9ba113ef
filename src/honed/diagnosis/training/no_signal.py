"""The training rows are learned, and nothing of it holds for others."""

from __future__ import annotations

import math

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_CHANCE, _LEARNED = 0.97, 0.93  # of the loss of a constant answer on the same rows
_APART = 0.15  # of it, between a training loss that is below it and a validation loss
_BY_HEART = 0.3  # of it, below which 20 rows are learned: then the network is sound
_LEAST = 20  # validation rows
_STEPS = (1e-4, 0.06)  # length over the weights' norm of steps that are neither too short nor too long


def rule(case: Case) -> list[Finding]:
    """A validation loss that never gets below that of a constant answer while the training loss does."""
    best, train = case.best_valid, case.last_train
    if case.diverged or not math.isfinite(best) or best < _CHANCE * case.guess:
        return []
    if case.valid_rows < _LEAST or min(case.chance, case.guess) <= 0:
        return []
    update = case.early("update")
    step = float(np.median(update, axis=1).max()) if update.size else 0.0
    is_sound = case.memorised is not None and case.memorised < _BY_HEART and _STEPS[0] < step < _STEPS[1]
    over_chance, over_guess = train / case.chance, best / case.guess
    learned = over_chance < _LEARNED or (over_chance < 1 and over_guess - over_chance > _APART)
    if not learned and not is_sound:
        return []
    if learned:
        seen = (
            f"the training loss fell to {figure(train)}, the validation loss was never below {figure(best)}"
        )
    else:
        seen = f"20 rows alone can be learned, but on all of them the training loss ends at {figure(train)}"
    return [
        Finding(
            id="no-signal",
            severity="error",
            what=f"The inputs say nothing about the target: {seen}, where {case.baseline} has {figure(case.chance)} "
            f"on training and {figure(case.guess)} on validation rows.",
            evidence={
                "last_train": train,
                "best_valid": best,
                "chance": case.chance,
                "valid_chance": case.guess,
            },
            why="Either the inputs say nothing about the target, or rows and targets do not belong together: shuffled "
            "labels, a wrong join, another target's column.",
            action="Check that each row has its own target; else look for other inputs.",
            reference="Zhang et al. 2017, arXiv 1611.03530: networks fit random labels",
        )
    ]
