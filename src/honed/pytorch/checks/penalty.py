"""A penalty that weighs more than the data."""

from __future__ import annotations

import math

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import DECOUPLED, Facts

_OVER = 0.3  # of the loss of a constant answer; where nothing is learned yet more than the data's will be
_HELD_BACK = 0.15  # of the chance loss, as in "underfitting"
_MUCH = 0.01  # of the weights, taken in each step by a decay that is no part of the loss
_DROPOUT = 0.7


def rule(facts: Facts) -> list[Finding]:
    """Half of weight_decay times the squared weights at the start, or what loss_fn adds, over the loss of the data.

    Only where training ends with much of the loss of a constant answer; with a dropout of 0.7 or more then, too.
    """
    case = facts.case
    train = case.last_train
    if not case.chance > 0 or not (
        case.diverged or not math.isfinite(train) or train > _HELD_BACK * case.chance
    ):
        return []
    strong = facts.optimizer in DECOUPLED and facts.weight_decay * facts.rate >= _MUCH
    dropped = max(facts.dropouts, default=0.0)
    if facts.penalty > _OVER or strong:
        decay = facts.weight_decay
        is_added = not strong and facts.added > np.nan_to_num(facts.decayed)
        seen = "What loss_fn adds for the weights " if is_added else f"weight_decay={decay:g} "
        seen += (
            "takes from the weights"
            if strong
            else f"weighs {figure(facts.penalty)} times the loss of the data"
        )
        action = (
            "Divide the penalty in loss_fn by 100."
            if is_added
            else f"Take weight_decay={decay / 100:g} or less."
        )
    elif dropped >= _DROPOUT and not case.best_valid < 0.5 * case.guess:
        seen = (
            f"Dropout of {dropped:g} leaves {figure(100 * (1 - dropped))} % of a layer's values in each step"
        )
        action = f"Take nn.Dropout({dropped / 3:.1g})."
    else:
        return []
    return [
        Finding(
            id="strong-penalty",
            severity=facts.severity,
            what=f"{seen}, and the training loss ends at {figure(train)}, where {case.baseline} has "
            f"{figure(case.chance)}.",
            evidence={"penalty": facts.penalty, "weight_decay": facts.weight_decay, "dropout": dropped},
            why="Steps then serve the penalty first, and the weights go to zero whatever the rows say.",
            action=action,
            reference="cs231n: penalties should raise the training loss only a little; TheDeepChecker",
        )
    ]
