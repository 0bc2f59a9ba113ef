"""The network has not even learned its training rows."""

from __future__ import annotations

import math

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_NOTHING = 0.95  # of the loss of a constant answer
_STRONG_L2, _STRONG_L1, _STRONG_DROPOUT = 1e-2, 1e-3, 0.5
_HELD_BACK = 0.15  # of the chance loss, that strong penalties leave


def rule(case: Case) -> list[Finding]:
    """A training loss near that of a constant answer and not by dropout alone, or one that penalties hold up."""
    train = case.last_train
    if case.diverged or not math.isfinite(train) or case.chance <= 0:
        return []
    nothing = train > _NOTHING * case.chance and not case.hides_learning
    strong = _penalties(case)
    is_dropout_alone = set(strong) == {"dropout"} and case.hides_learning
    held = bool(strong) and not is_dropout_alone and train > _HELD_BACK * case.chance
    if not nothing and not held:
        return []
    advice: dict[str, object] = {}
    if strong:
        why = f"The penalties ({', '.join(strong)}) cost more than what the rows have to offer."
        advice |= strong
        action = "Lower the penalties: divide l1, l2 and weight_decay by 100 and halve dropout."
    else:
        why = "Either the inputs say little about the target, or the network cannot or does not take it up."
        action = "Mend what other findings name; where there are none, more epochs, a wider network, or other inputs."
        if not case.probes:
            advice["probes"] = "usual"
            action = f"Look inside with probes='usual'. {action}"
    return [
        Finding(
            id="underfitting",
            severity="error" if nothing else "warning",
            what=f"Underfitting: the training loss ends at {figure(train)}, where {case.baseline} has "
            f"{figure(case.chance)}"
            + (
                f"; the least on validation rows is {figure(case.best_valid)}."
                if held and math.isfinite(case.best_valid)
                else "."
            ),
            evidence={
                "last_train": train,
                "chance": case.chance,
                "best_valid": case.best_valid,
                "penalties": list(strong),
            },
            why=why,
            action=action,
            advice=advice,
            reference="cs231n: penalties should raise the training loss only a little",
        )
    ]


def _penalties(case: Case) -> dict[str, float]:
    """Strong penalties by name, and a mild value of each."""
    if case.training is None or (case.network is None and case.own is None):
        return {}
    found: dict[str, float] = {}
    for name, limit in (("l2", _STRONG_L2), ("l1", _STRONG_L1)):
        value = getattr(case.training, name)
        if value >= limit:
            found[name] = value / 100
    if case.training.decay >= 1.0:
        found["weight_decay"] = case.training.decay / 100
    return found | {name: rate / 2 for name, rate in _dropouts(case).items() if rate >= _STRONG_DROPOUT}


def _dropouts(case: Case) -> dict[str, float]:
    """The greatest rate of each setting of dropout; where convolutions follow the dense layers they are not named."""
    if case.network is not None:
        return {"dropout": max(case.network.dropouts, default=0.0)}
    return {name: getattr(case.own, name, None) or 0.0 for name in ("dropout", "conv_dropout")}
