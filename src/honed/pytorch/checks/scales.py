"""Inputs or targets of a scale that a network is slow to learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding, Severity
from honed.pytorch.facts import DISTANCES, Facts

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

_LARGE, _TINY, _APART = 20.0, 0.05, 100.0  # size of inputs; their largest; between the spreads of columns
_TARGETS = 10.0  # size of targets
_LEARNED = 0.3  # of the loss of a constant answer, below which they did no harm
_REFERENCE = "LeCun et al. 1998, Efficient BackProp; UMLAUT (CHI 2021)"


def rule(facts: Facts) -> list[Finding]:
    """Inputs above 20 or all below 0.05, or columns whose spreads are 100 times apart, before a layer without
    normalization; targets of distances above 10. Notes where the training learned all the same.
    """
    return [*_inputs(facts), *_targets(facts)]


def _inputs(facts: Facts) -> list[Finding]:
    inputs = facts.inputs
    if not facts.unscaled_first or not inputs.size or inputs.dtype.kind != "f" or not facts.layers:
        return []
    columns = _columns(inputs)
    size = float(np.abs(inputs).mean() + inputs.std())
    spreads = columns.std(axis=0) if inputs.ndim == 2 else np.array([inputs.std()])
    spreads = spreads[spreads > 0]
    largest = float(np.abs(columns).mean(axis=0).max()) if inputs.ndim == 2 else size
    apart = float(spreads.max() / spreads.min()) if len(spreads) > 1 else 1.0
    is_apart = apart > _APART and float(spreads.max()) > 3
    most = float(np.abs(inputs).max())
    if max(largest, size) < _LARGE and not is_apart and not 0 < most < _TINY:
        return []
    seen = f"they reach {figure(most)}" + (" at most" if most < _TINY else "")
    if is_apart:
        seen += f", and the spreads of columns are up to {figure(apart)} times apart"
    return [
        Finding(
            id="unscaled-inputs",
            severity=_severity(facts),
            what=f"The inputs are not scaled: {seen}, where a spread of about 1 is usual.",
            evidence={"size": size, "largest_column": largest, "apart": apart},
            why="Tiny inputs give layers nothing to tell rows by, and their weights tiny gradients."
            if most < _TINY
            else "Large inputs make large gradients for the first layer alone, so a rate that suits it is too low "
            "for the "
            "others, and sigmoids, tanhs and relus start at their ends.",
            action="Subtract the training rows' mean and divide by their deviation (divide pixels by 255), or "
            "begin with "
            "nn.BatchNorm1d.",
            reference=_REFERENCE,
        )
    ]


def _targets(facts: Facts) -> list[Finding]:
    targets = facts.targets
    if facts.loss not in DISTANCES or not targets.size or not np.isfinite(targets).all():
        return []
    mean, spread = float(np.abs(targets.mean())), float(targets.std())
    if max(mean, spread) < _TARGETS or not spread:
        return []
    return [
        Finding(
            id="unscaled-targets",
            severity=_severity(facts),
            what=f"The targets are not scaled: their mean is {figure(float(targets.mean()))} and their deviation "
            f"{figure(spread)}, where the untrained outputs have a mean of "
            f"{figure(float(np.mean(facts.outputs_before)) if facts.outputs_before.size else 0.0)}.",
            evidence={"mean": float(targets.mean()), "spread": spread},
            why="The first steps only carry the output to the targets' size, with gradients as large as they are.",
            action="Train on (y - y.mean()) / y.std() and turn predictions back.",
            reference=_REFERENCE,
        )
    ]


def _severity(facts: Facts) -> Severity:
    case = facts.case
    if case.is_lost:
        return "error"
    return "warning" if case.last_train > _LEARNED * case.chance else "note"


def _columns(inputs: Shaped[np.ndarray, "rows ..."]) -> Float[np.ndarray, "rows columns"]:
    return inputs.reshape(len(inputs), -1)
