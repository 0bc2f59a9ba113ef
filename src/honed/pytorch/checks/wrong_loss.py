"""A loss that does not fit what the targets are."""

from __future__ import annotations

import numpy as np

from honed.findings import Finding, Severity
from honed.pytorch.facts import DISTANCES, Facts

_FEW = 20  # distinct whole numbers that are taken for classes


def rule(facts: Facts) -> list[Finding]:
    """Cross entropy of a single output, or a distance between probabilities, or numbers of classes, and classes."""
    outputs, targets = facts.outputs_before, facts.targets
    if not outputs.size or not targets.size:
        return []
    said = None
    width = outputs.shape[1] if outputs.ndim > 1 else 1
    whole = bool(np.isfinite(targets).all() and (targets == np.round(targets)).all())
    kinds = np.unique(targets) if whole else np.zeros(0)
    severity: Severity = facts.severity
    if facts.loss == "cross_entropy" and width == 1 and outputs.ndim > 1:
        said = "nn.CrossEntropyLoss compares classes, but the model has one output, which is always sure of itself"
        action, severity = (
            "Take nn.BCEWithLogitsLoss with float targets, or one output for each class.",
            "error",
        )
    elif facts.loss.startswith("binary") and (float(targets.min()) < 0 or float(targets.max()) > 1):
        said = (
            f"The loss wants targets from 0 to 1, but they go from {targets.min():.4g} to {targets.max():.4g}"
        )
        action, severity = "For several classes take nn.CrossEntropyLoss with one output for each.", "error"
    elif (
        facts.loss in DISTANCES
        and facts.ends_in in ("softmax", "sigmoid")
        and whole
        and (set(kinds) <= {0.0, 1.0} or (facts.applied and len(kinds) <= _FEW))
    ):
        own = "nn.CrossEntropyLoss" if facts.ends_in == "softmax" else "nn.BCEWithLogitsLoss"
        said = f"The outputs end in {facts.ends_in} and the targets are classes, but the loss is a distance"
        said += f" ({facts.loss})"
        action = f"Take {own} on the raw outputs."
    elif (
        facts.loss in DISTANCES
        and whole
        and 2 < len(kinds) <= _FEW
        and kinds[0] == 0
        and len(kinds) == kinds[-1] + 1
    ):
        said = f"The targets are the whole numbers 0 to {int(kinds[-1])}, as classes are, but the loss is a distance"
        said += f" ({facts.loss}), to which 0 is farther from {int(kinds[-1])} than from 1"
        action, severity = "If they are classes, take nn.CrossEntropyLoss with one output for each.", "note"
    elif facts.loss.startswith("binary") and facts.ends_in == "softmax" and width > 1:
        said = "The outputs are shares of 1 (softmax), but the loss takes each for a decision of its own"
        action = "Take nn.CrossEntropyLoss on the raw outputs."
    if said is None:
        return []
    return [
        Finding(
            id="wrong-loss",
            severity=severity,
            what=f"{said}.",
            evidence={"loss": facts.loss, "ends_in": facts.ends_in, "outputs": width},
            why="The slope of such a loss is flat where the answer is most wrong, or rewards the wrong thing.",
            action=action,
            reference="Golik et al. 2013, Cross-entropy vs. squared error training; NeuraLint (TOSEM 2021)",
        )
    ]
