"""Validation is suspiciously better than training, or made of the same rows."""

from __future__ import annotations

import math

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_SAME = 0.1  # of the validation rows
_BETTER, _APART = (
    0.6,
    0.15,
)  # of the training rows' loss in the same mode; of a constant answer's, between them
_LEAST = 20  # validation rows


def rule(facts: Facts) -> list[Finding]:
    """Validation rows that are training rows, or a loss far below theirs in evaluation mode."""
    case = facts.case
    if facts.shared_rows > _SAME:
        return [
            Finding(
                id="validation-too-good",
                severity="warning",
                what=f"{figure(100 * facts.shared_rows)} % of the validation rows are training rows.",
                evidence={"shared": facts.shared_rows},
                why="Their loss tells what was learned by heart, not what holds for new rows.",
                action="Split before anything is copied, augmented or repeated: torch.utils.data.random_split.",
                reference="Kaufman et al. 2012, Leakage in data mining",
            )
        ]
    valid = case.valid_loss[np.isfinite(case.valid_loss)]
    if case.valid_rows < _LEAST or not len(valid) or not math.isfinite(facts.eval_mode_loss):
        return []
    last, training = float(np.median(valid[-case.end :])), facts.eval_mode_loss
    if last > _BETTER * training or training - last < _APART * case.chance:
        return []
    return [
        Finding(
            id="validation-too-good",
            severity="warning",
            what=f"The validation loss is {figure(last)}, that of training rows in the same mode {figure(training)}.",
            evidence={"validation": last, "training": training},
            why="New rows are never easier than those that were learned: the validation rows are of another "
            "kind, or too "
            "few, or something of their targets is in their inputs.",
            action="Draw both sets at random from the same rows, and look at how each is prepared.",
            reference="Karpathy, A Recipe for Training Neural Networks",
        )
    ]
