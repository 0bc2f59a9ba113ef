"""Units that are zero for every row: nothing reaches them, and no gradient brings them back."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_MANY = 0.5  # of a layer's units (TheDeepChecker, arXiv 2204.00694: alarm above a half)


def rule(case: Case) -> list[Finding]:
    """More than half of a hidden layer's units silent for all probe rows in the usual probe."""
    dead = case.usual("dead")
    layers = [int(layer) + 1 for layer in np.flatnonzero(dead > _MANY)]
    if not layers:
        return []
    worst = int(np.argmax(dead)) + 1
    place = case.called(worst, hidden=True)
    born = case.early("dead")[0][worst - 1] > _MANY
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
            what=f"{figure(100 * float(dead[worst - 1]))} % of the units of {place} are dead: zero for all rows "
            f"looked at. More than half are in {case.called(*layers, hidden=True)}.",
            evidence={"dead": [float(x) for x in dead], "before_training": bool(born)},
            why=f"Where relu gives zero its slope is zero too, so such a unit gets no gradient. {cause}",
            action="Lower the learning rate, use leaky_relu, and start biases at zero.",
            advice=advice,
            layers=tuple(layers),
            reference="Lu et al. 2019, arXiv 1903.06733; thresholds: TheDeepChecker, arXiv 2204.00694",
        )
    ]
