"""Sigmoids and tanhs at their flat ends."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_MANY = 0.5  # of a layer's values (TheDeepChecker, arXiv 2204.00694)


def rule(case: Case) -> list[Finding]:
    """More than half of a layer's values where the slope is below a twentieth of the steepest."""
    flat = case.usual("saturated")
    layers = [int(layer) + 1 for layer in np.flatnonzero(flat > _MANY)]
    if not layers:
        return []
    worst = int(np.argmax(flat)) + 1
    place = case.called(worst, hidden=True)
    born = case.early("saturated")[0][worst - 1] > _MANY
    advice: dict[str, object] = {"activation": "relu"}
    if born:
        advice = {"normalization": "layer"}
    return [
        Finding(
            id="saturation",
            severity="error" if case.is_lost else "warning",
            what=f"{figure(100 * float(flat[worst - 1]))} % of the values of {place} are saturated; more than "
            f"half are in {case.called(*layers, hidden=True)}.",
            evidence={"saturated": [float(x) for x in flat], "before_training": bool(born)},
            why="At the ends of a sigmoid or tanh the slope is nearly zero, so no gradient passes. "
            + (
                "It was so before the first step: inputs or starting weights are too large."
                if born
                else "Weights have grown until every answer is a yes or a no."
            ),
            action="Scale the inputs, normalize the layers, penalise large weights, or use relu.",
            advice=advice,
            layers=tuple(layers),
            reference="Glorot & Bengio 2010; thresholds: TheDeepChecker, arXiv 2204.00694",
        )
    ]
