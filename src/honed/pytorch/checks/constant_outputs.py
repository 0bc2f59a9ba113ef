"""The outputs do not depend on the inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

if TYPE_CHECKING:
    from jaxtyping import Shaped

_SAME = 1e-5  # spread of outputs over rows, over their size


def rule(facts: Facts) -> list[Finding]:
    """Rows that differ in their inputs and all get the same output, before training or after it."""
    if not facts.inputs.size or not _differ(facts.inputs) or not facts.has_gradient:
        return []
    born, now = _spread(facts.outputs_before), _spread(facts.outputs)
    is_born, is_now = born < _SAME, now < _SAME
    if not is_now and not (is_born and not facts.outputs.size):
        return []
    same = "before training and after it" if is_born else "after training"
    value = facts.outputs if facts.outputs.size else facts.outputs_before
    said = f"{figure(float(np.ravel(value)[0]))}" if value.size and np.ptp(value) < 1e-6 else "the same"
    return [
        Finding(
            id="constant-outputs",
            severity="error",
            what=f"All {len(value)} rows looked at get the same output ({said}) {same}, though their inputs differ.",
            evidence={"spread_before": born, "spread_after": now, "ends_in": facts.ends_in},
            why="Nothing of the inputs reaches the outputs: "
            + (
                "the model does not use them, or its weights or units are zero."
                if is_born
                else "training has pushed what leads there to where it gives zero or its end for all rows."
            ),
            action="Follow one row through the model with print(x.std()), end it in its last nn.Linear without an "
            "activation, and take a lower lr.",
            reference="Karpathy, A Recipe for Training Neural Networks: input-independent baseline; TheDeepChecker",
        )
    ]


def _differ(inputs: Shaped[np.ndarray, ...]) -> bool:
    return len(inputs) > 1 and bool((inputs != inputs[:1]).any())


def _spread(outputs: Shaped[np.ndarray, ...]) -> float:
    """Of the outputs over rows, over their size; infinite where there are none."""
    if len(outputs) < 2 or not np.isfinite(outputs).all():
        return float("inf")
    return float(outputs.std(axis=0).max() / max(float(np.abs(outputs).max()), 1e-12))
