"""A layer that does not move while others learn."""

from __future__ import annotations

import numpy as np

from honed.diagnose.case import Case, layers_said
from honed.findings import Finding

_STILL, _MOVING = 1e-9, 1e-6  # length of a step over the weights' norm


def rule(case: Case) -> list[Finding]:
    """Weights that are the same before and after every step, in a network whose other weights move."""
    updates = case.probes.get("update", np.zeros((0, 0)))
    if not len(updates) or not np.isfinite(updates).all():
        return []
    largest, weights = updates.max(axis=0), case.probes["weight"]
    same = np.ptp(weights, axis=0) <= 1e-6 * weights.max(axis=0) if len(weights) > 1 else largest < _STILL
    frozen = [int(layer) + 1 for layer in np.flatnonzero((largest < _STILL) & same)]
    if not frozen or largest.max() < _MOVING:
        return []
    return [
        Finding(
            id="frozen-layer",
            severity="error" if case.is_lost else "warning",
            what=f"The weights of {layers_said(case, frozen)} do not move at all.",
            evidence={"largest_step": [float(x) for x in largest]},
            why="They get no gradient: the layer is left out of what is trained, or everything behind it is dead or "
            "zero.",
            action="Give the layer its parameters back, and look for dead units or zero weights behind it.",
            layers=tuple(frozen),
            reference="SageMaker Debugger: unchanged tensor",
        )
    ]
