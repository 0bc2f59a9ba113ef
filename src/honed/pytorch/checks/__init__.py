"""The facts of a training in PyTorch come in (`honed.pytorch.facts.Facts`), findings go out. Each check is one file.

They need no PyTorch. As with the rules for all trainings, a finding is an error only where the training failed or must.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

from honed.findings import Finding
from honed.optional import optional
from honed.pytorch.checks import (
    clip,
    constant_outputs,
    few_units,
    modes_disagree,
    no_activation,
    no_gradient,
    not_optimized,
    not_zeroed,
    output_activation,
    output_bias,
    output_range,
    penalty,
    rare_class,
    row_order,
    rows_mixed,
    saturated_outputs,
    scales,
    sum_loss,
    symmetric_weights,
    target_shape,
    valid_better,
    wrong_loss,
)
from honed.pytorch.facts import Facts

# Causes before what follows from them.
CHECKS: tuple[Callable[[Facts], list[Finding]], ...] = tuple(
    part.rule
    for part in (
        no_gradient,
        not_optimized,
        target_shape,
        output_activation,
        output_range,
        wrong_loss,
        no_activation,
        symmetric_weights,
        saturated_outputs,
        few_units,
        rare_class,
        constant_outputs,
        rows_mixed,
        not_zeroed,
        row_order,
        scales,
        output_bias,
        sum_loss,
        penalty,
        clip,
        modes_disagree,
        valid_better,
    )
)

# Findings of the rules for all trainings that only say again what a check has said.
EXPLAINS: dict[str, tuple[str, ...]] = {
    "no-gradient": ("frozen-layer", "underfitting", "no-signal", "rate-too-low", "dead-units"),
    "not-optimized": ("frozen-layer", "rate-too-low", "underfitting"),
    "unregistered-layers": ("frozen-layer",),
    "symmetric-weights": ("start-scale",),
    "target-shape": ("underfitting", "no-signal"),
    "activation-before-loss": ("underfitting", "no-signal"),
    "output-range": ("underfitting", "no-signal", "untrained-loss"),
    "constant-outputs": ("underfitting", "no-signal"),
    "rows-mixed": ("underfitting", "no-signal"),
    "gradient-not-zeroed": ("rate-too-high", "exploding-gradient"),
    "unscaled-targets": ("untrained-loss",),
    "strong-penalty": ("underfitting",),
}


SYMPTOMS = ("constant-outputs",)  # that follow from what other rules name


def findings(facts: Facts) -> list[Finding]:
    """What the checks see; one that fails is left out with a warning."""
    seen = [
        optional(f"The check {check.__module__.rpartition('.')[2]!r}", partial(check, facts), [])
        for check in CHECKS
    ]
    found = list(itertools.chain(*seen))
    if any(one.id == "no-gradient" for one in found):
        return [one for one in found if one.id in ("no-gradient", "unregistered-layers", "not-optimized")]
    return found
