"""A training comes in (`honed.diagnosis.case.Case`), findings go out. Each rule is one file of this folder.

A finding is an error only where the training failed: what merely could be better is a warning or a note.
"""

from __future__ import annotations

from collections.abc import Callable

from honed.diagnosis.case import Case
from honed.diagnosis.training import (
    batch,
    dead_units,
    exploding_gradient,
    frozen_layer,
    memory,
    no_signal,
    not_finite,
    overfitting,
    plateau,
    rate_too_high,
    rate_too_low,
    saturation,
    start_scale,
    stopping,
    underfitting,
    untrained_loss,
    vanishing_gradient,
)
from honed.findings import Finding, worst_first

# Causes before what follows from them.
RULES: tuple[Callable[[Case], list[Finding]], ...] = tuple(
    part.rule
    for part in (
        not_finite,
        rate_too_high,
        start_scale,
        vanishing_gradient,
        exploding_gradient,
        dead_units,
        saturation,
        frozen_layer,
        rate_too_low,
        memory,
        no_signal,
        untrained_loss,
        underfitting,
        overfitting,
        stopping,
        batch,
        plateau,
    )
)


def findings(case: Case) -> list[Finding]:
    """What the rules see in a training, errors first."""
    return worst_first(finding for rule in RULES for finding in rule(case))
