"""Training ended while the loss still fell, or went on long after the best epoch."""

from __future__ import annotations

import math

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.figures import counted
from honed.findings import Finding

_FALLING = 0.02  # of the chance loss, over the last tenth of the epochs
_LOST = 10.0  # times the loss of a constant answer: such a training did not end too early
_FEW_STEPS, _NOTHING = 30, 0.9  # in all; of the chance loss, above which next to nothing was learned
_ENOUGH_STEPS = 300  # to see whether it gets anywhere
_LATE, _LONG = 0.2, 20  # best epoch over epochs run; epochs


def rule(case: Case) -> list[Finding]:
    """Too early: the best epoch is at the end and the loss still falls, or a few steps led nowhere. Too late: it was in
    the first fifth.
    """
    valid = case.valid_loss if np.isfinite(case.valid_loss).all() and case.epochs else case.train_loss
    is_lost = case.epochs and valid[-1] > _LOST * case.guess
    if case.diverged or not case.best_epoch or is_lost:
        return []
    if few := _few_steps(case):
        return few
    if case.epochs < 2:
        return []
    end = case.end
    fell = float(np.median(valid[-2 * end : -end]) - np.median(valid[-end:]))
    training, when = case.training, case.when
    if case.best_epoch > case.epochs - end and fell > _FALLING * case.chance:
        return [
            Finding(
                id="stopped-early",
                severity="warning",
                what=f"Stopped too early: after {when.counted(case.epochs)} the loss still falls, by {figure(fell)} "
                + (f"over the last {when.number(end)}." if end > 1 else "in the last one."),
                evidence={"epochs": case.epochs, "fell": fell, "best_epoch": case.best_epoch},
                why="The best epoch is at the end, so the next ones would most likely have been better.",
                action="Train for twice as many epochs.",
                advice={"epochs": 2 * training.epochs} if training else {},
                reference="Prechelt 1998: slower stopping buys about 4 % for 4 times the time",
            )
        ]
    late = case.valid_rows and case.best_epoch < _LATE * case.epochs and case.epochs > _LONG
    if late and training is not None and training.patience is None and training.schedule == "constant":
        return [
            Finding(
                id="stopped-late",
                severity="note",
                what=f"Stopped too late: the best epoch was {when.number(case.best_epoch)} of "
                f"{when.number(case.epochs)}.",
                evidence={"epochs": case.epochs, "best_epoch": case.best_epoch},
                why="The best epoch's weights are kept, so nothing is lost but the time.",
                action="Stop after some epochs without progress (patience=10 or '2x').",
                advice={"patience": "2x"},
                reference="Prechelt 1998",
            )
        ]
    return []


def _few_steps(case: Case) -> list[Finding]:
    """Where a training ended before its steps could have got anywhere."""
    known = case.rows > 0 and case.batch_size > 0 and case.passes is None and case.steps is None
    steps = case.epochs * math.ceil(case.rows / case.batch_size) if known else _FEW_STEPS
    if steps >= _FEW_STEPS or not case.last_train > _NOTHING * case.chance:
        return []
    training = case.training
    more = math.ceil(_ENOUGH_STEPS / steps) * case.epochs
    return [
        Finding(
            id="stopped-early",
            severity="error" if case.is_lost else "warning",
            what=f"Stopped too early: after {counted(steps, 'step')} the loss is still {figure(case.last_train)}, and "
            f"{case.baseline} has {figure(case.chance)}.",
            evidence={"epochs": case.epochs, "steps": steps, "last_train": case.last_train},
            why="Training needs some thousand steps of about a thousandth of the weights' length; so few lead nowhere.",
            action=f"Train for {more:,} epochs at least, or take smaller batches.",
            advice={"epochs": more} if training else {},
            reference="Karpathy, cs231n notes: ratio of updates to weights about 1e-3",
        )
    ]
