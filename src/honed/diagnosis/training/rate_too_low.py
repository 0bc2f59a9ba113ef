"""The learning rate is too low: steps are so short that nothing happens."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_SHORT = 1e-4  # length of a step over the weights' norm; about 1e-3 is usual (Karpathy, cs231n)
_SURELY_SHORT, _SHORT_IF_LOST = 2e-5, 3e-4  # at any loss; where not even a constant answer was reached
_MUCH, _FALLS = 0.2, 0.02  # of the chance loss, that is there at the end, and that the second half takes away


def rule(case: Case) -> list[Finding]:
    """Short steps in every probe, and a loss that is still falling at the end and has far to go."""
    updates = case.probes.get("update", np.zeros((0, 0)))
    if not updates.size or case.diverged or case.epochs < 3 or not np.isfinite(updates).all():
        return []
    gradients = case.probes["gradient"]
    if not gradients[:, -1].any():  # no gradient at all is another trouble
        return []
    longest = float(np.median(updates, axis=1).max())
    first, middle, last = float(case.train_loss[0]), float(case.train_loss[case.epochs // 2]), case.last_train
    watched = [case.train_loss]
    # Dropout shakes the training loss by more than such steps.
    if case.drops and np.isfinite(case.valid_loss).all():
        watched.append(case.valid_loss)
    is_lowest = any(loss[-1] <= loss.min() + 1e-3 * case.chance for loss in watched)
    is_falling = is_lowest or middle - last > _FALLS * case.chance
    limit = _SHORT_IF_LOST if last > case.chance and not case.hides_learning else _SHORT
    is_slow = longest < _SURELY_SHORT or (is_falling and last > _MUCH * case.chance)
    if longest > limit or not is_slow:
        return []
    factor = 10 ** round(np.log10(min(1e-3 / max(longest, 1e-12), 1e4)))
    has_moved = first - last > 0.05 * case.chance
    return [
        Finding(
            id="rate-too-low",
            severity="error" if case.is_lost or not has_moved else "warning",
            what=f"The learning rate{f' of {figure(float(case.rate.max()))}' if len(case.rate) else ''} is too low: "
            f"a step moves the weights by at most {figure(100 * longest)} % of their length, and in "
            f"{case.when.counted(case.epochs)} the loss went from {figure(first)} to {figure(last)}.",
            evidence={"step_over_weights": longest, "first_loss": first, "last_loss": last},
            why="Training needs some thousand steps of about a thousandth of the weights' length; these are too short "
            "to arrive in any number of epochs that one would wait for.",
            action=f"Multiply the learning rate by about {figure(factor)}{case.or_auto}.",
            advice=case.rate_times(factor),
            reference="Karpathy, cs231n notes: ratio of updates to weights about 1e-3",
        )
    ]
