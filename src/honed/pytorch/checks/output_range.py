"""Outputs that cannot reach the targets."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import DISTANCES, Facts

_BOUNDS = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "hardsigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, np.inf),
}
_SOME = 0.02  # of the targets
_BEYOND = 0.01  # of the bounds' distance, or of 1


def rule(facts: Facts) -> list[Finding]:
    """An activation at the end whose range leaves out some targets, and a softmax over a single number."""
    place = f" ({facts.ends_at})" if facts.ends_at else ""
    axis, shape = facts.ends_axis, facts.outputs_before.shape
    if (
        facts.ends_in in ("softmax", "log_softmax")
        and axis is not None
        and axis < len(shape)
        and shape[axis] == 1
    ):
        return [
            Finding(
                id="output-range",
                severity="error",
                what=f"The outputs end in {facts.ends_in}{place} over a single number, which is always "
                f"{1 if facts.ends_in == 'softmax' else 0}.",
                evidence={"ends_in": facts.ends_in, "axis": axis},
                why="Softmax shares 1 among the numbers along its axis, and one number gets all of it.",
                action="Take nn.BCEWithLogitsLoss on the raw number, or give one output for each class.",
                reference="NeuraLint (TOSEM 2021)",
            )
        ]
    targets = facts.targets
    if facts.ends_in not in _BOUNDS or facts.loss not in DISTANCES or not targets.size or facts.applied:
        return []
    low, high = _BOUNDS[facts.ends_in]
    margin = _BEYOND * min(high - low, 1.0)
    outside = float(((targets < low - margin) | (targets > high + margin)).mean())
    if outside < _SOME:
        return []
    span = f"from {figure(low)} to {figure(high)}" if np.isfinite(high) else "zero and above"
    return [
        Finding(
            id="output-range",
            severity=facts.severity if outside < 0.5 else "error",
            what=f"The outputs end in {facts.ends_in}{place}, which gives {span}, but the targets go from "
            f"{figure(float(targets.min()))} to {figure(float(targets.max()))}: {figure(100 * outside)} % of them "
            "cannot "
            "be reached.",
            evidence={"ends_in": facts.ends_in, "outside": outside},
            why="Outputs go to the end of what they may be, where the activation is flat and no gradient is left.",
            action="End the model in its last nn.Linear, or scale the targets into the range.",
            reference="TheDeepChecker (arXiv 2204.00694): range of outputs; NeuraLint (TOSEM 2021)",
        )
    ]
