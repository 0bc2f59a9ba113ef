"""A layer that does not move while others learn."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case
from honed.findings import Finding

_STILL, _MOVING = 1e-9, 1e-4  # change over the weights' norm
_PROBES = 3  # times the same (SageMaker Debugger)


def rule(case: Case) -> list[Finding]:
    """Weights of the same length in every probe, or without any step, in a network whose other weights move."""
    updates, weights = case.finite("update", "weight")
    if len(updates) < _PROBES or not updates.size:
        return []
    change = np.ptp(weights, axis=0) / np.maximum(weights.max(axis=0), 1e-30)
    still = (updates.max(axis=0) < _STILL) | (change < _STILL)
    frozen = [int(layer) + 1 for layer in np.flatnonzero(still)]
    if not frozen or change.max() < _MOVING:
        return []
    return [
        Finding(
            id="frozen-layer",
            severity="error" if case.is_lost else "warning",
            what=f"The weights of {case.called(*frozen)} do not move at all.",
            evidence={"change": [float(x) for x in change]},
            why="They get no gradient: the layer is left out of what is trained, or everything behind it is dead or "
            "zero.",
            action="Give the layer its parameters back, and look for dead units or zero weights behind it.",
            layers=tuple(frozen),
            reference="SageMaker Debugger: unchanged tensor",
        )
    ]
