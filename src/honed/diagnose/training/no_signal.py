"""The training rows are learned, and nothing of it holds for others."""

from __future__ import annotations

import math

from honed.diagnose.case import Case, figure
from honed.findings import Finding

_CHANCE, _LEARNED = 0.97, 0.7  # of the loss of a constant answer


def rule(case: Case) -> list[Finding]:
    """A validation loss that never gets below that of a constant answer while the training loss does."""
    best, train = case.best_valid, case.last_train
    if case.diverged or not math.isfinite(best) or best < _CHANCE * case.chance:
        return []
    if train > _LEARNED * case.chance or case.valid_rows < 20:
        return []
    return [
        Finding(
            id="no-signal",
            severity="error",
            what=f"Nothing that was learned holds for other rows: the training loss fell to {figure(train)}, the "
            f"validation loss was never below {figure(best)}, where a constant answer has {figure(case.chance)}.",
            evidence={"last_train": train, "best_valid": best, "chance": case.chance},
            why="Either the inputs say nothing about the target, or rows and targets do not belong together: shuffled "
            "labels, a wrong join, another target's column.",
            action="Check that each row has its own target; else look for other inputs.",
            reference="Zhang et al. 2017, arXiv 1611.03530: networks fit random labels",
        )
    ]
