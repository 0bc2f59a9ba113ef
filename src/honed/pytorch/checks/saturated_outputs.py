"""Outputs that start at the flat end of a sigmoid or tanh."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts
from honed.units import FLAT, STEEPNESS

_MANY = 0.5  # of the outputs (as in "saturation")


def rule(facts: Facts) -> list[Finding]:
    """More than half of the untrained outputs where the slope is below a twentieth of the steepest."""
    outputs = facts.outputs_before
    if facts.ends_in not in STEEPNESS or facts.applied or not outputs.size:
        return []
    flat = float((STEEPNESS[facts.ends_in](outputs) < FLAT).mean())
    if not flat > _MANY:
        return []
    return [
        Finding(
            id="saturation",
            severity=facts.severity,
            what=f"{figure(100 * flat)} % of the outputs are saturated before training: they start at the ends of "
            f"{facts.ends_in}, with a mean of {figure(float(np.mean(outputs)))}.",
            evidence={"saturated": flat},
            why="There the slope is nearly zero, so that no gradient reaches the layers before it.",
            action="Start weights around zero: nn.init.xavier_normal_(layer.weight); scale the inputs.",
            reference="Glorot & Bengio 2010; thresholds: TheDeepChecker, arXiv 2204.00694",
        )
    ]
