"""Units that are zero for every row, or nearly: nothing reaches them, and no gradient brings them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

if TYPE_CHECKING:
    from jaxtyping import Float

_GONE = 1e-3  # of a layer's first weights, that penalties have left
_MANY = 0.5  # of a layer's units (TheDeepChecker, arXiv 2204.00694: alarm above a half)


def rule(case: Case) -> list[Finding]:
    """More than half of a hidden layer's units silent for 99 % of the probe rows in the usual probe.

    Weights that start at zero are silent by themselves, which "start-scale" says; penalties make weights silent.
    """
    dead = case.usual("dead")
    layers = [int(layer) + 1 for layer in np.flatnonzero(dead > _MANY)]
    if not layers:
        return []
    worst = int(np.argmax(dead)) + 1
    born = case.early("dead")[0][worst - 1] > _MANY
    first, now = case.early("weight"), case.usual("weight")
    if born and len(first) and not first[0][: worst + 1].all():
        return []
    if not born and (_has_l1(case) or (len(first) and bool((now < _GONE * first[0])[: worst + 1].any()))):
        return [_without_weights(case, dead, layers)]
    cause = (
        "They were so before the first step: the biases are too far below zero, or the inputs too small."
        if born
        else "A step too long has pushed them below zero for all rows."
    )
    advice: dict[str, object] = {"activation": "leaky_relu"} if "relu" in case.activations else {}
    if not born:
        advice |= case.rate_times(0.1)
    return [
        Finding(
            id="dead-units",
            severity="error" if case.is_lost else "warning",
            what=_seen(case, dead, layers),
            evidence={"dead": [float(x) for x in dead], "before_training": bool(born)},
            why=f"Where relu gives zero its slope is zero too, so such a unit gets no gradient. {cause}",
            action="Lower the learning rate, use leaky_relu, and start biases at zero.",
            advice=advice,
            layers=tuple(layers),
            reference="Lu et al. 2019, arXiv 1903.06733; thresholds: TheDeepChecker, arXiv 2204.00694",
        )
    ]


def _without_weights(case: Case, dead: Float[np.ndarray, " layers"], layers: list[int]) -> Finding:
    """Units that penalties have silenced, which may be meant: no step was too long."""
    return Finding(
        id="dead-units",
        severity="error" if case.is_lost else "note",
        what=_seen(case, dead, layers),
        evidence={"dead": [float(x) for x in dead], "before_training": False},
        why="The penalties have taken their weights to zero, or nearly, and a unit without weights says nothing.",
        action="Lower the penalties (l1, l2, weight_decay), unless fewer units are what they are for.",
        layers=tuple(layers),
        reference="Tibshirani 1996: an absolute penalty sets weights to exactly zero",
    )


def _seen(case: Case, dead: Float[np.ndarray, " layers"], layers: list[int]) -> str:
    worst = int(np.argmax(dead)) + 1
    return (
        f"{figure(100 * float(dead[worst - 1]))} % of the {case.many(worst)} of {case.called(worst, hidden=True)} are "
        "dead: zero "
        f"for all rows looked at, or nearly all. More than half are in {case.called(*layers, hidden=True)}."
    )


def _has_l1(case: Case) -> bool:
    return case.training is not None and case.training.l1 > 0
