"""A rare class that the model never says."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_LEAST = 0.02, 3  # share of the rows looked at, and how many
_RARE = 0.5  # of the share that each class would have, were they equally many


def rule(facts: Facts) -> list[Finding]:
    """A class of cross entropy that is rare among the rows looked at, and that no output says after training."""
    outputs, targets = facts.outputs, facts.targets
    if not outputs.size or facts.case.diverged:
        return []
    if (
        facts.loss == "cross_entropy"
        and outputs.ndim == 2
        and targets.ndim == 1
        and targets.dtype.kind in "iu"
    ):
        said, count = outputs.argmax(axis=1), outputs.shape[1]
    elif (
        facts.loss.startswith("binary") and outputs.size == targets.size and set(np.unique(targets)) == {0, 1}
    ):
        said, count = (outputs.ravel() > (0 if "logits" in facts.loss else 0.5)).astype(int), 2
        targets = targets.ravel()
    else:
        return []
    known = targets.astype(int)  # a doctor knows those of more rows than outputs
    found = [
        (kind, share)
        for kind in range(count)
        if _LEAST[0] <= (share := float((known == kind).mean())) < _RARE / count
        and (known == kind).sum() >= _LEAST[1]
        and not (said == kind).any()
    ]
    if not found:
        return []
    kind, share = found[0]
    return [
        Finding(
            id="class-imbalance",
            severity="warning",
            what=f"Class {kind} is {figure(100 * share)} % of the rows looked at, and the trained model says it "
            "of none.",
            evidence={"class": kind, "share": share},
            why="So few rows hardly count in a mean over all, so that never to say it costs little.",
            action="Weigh it up: weight= of nn.CrossEntropyLoss or pos_weight= of nn.BCEWithLogitsLoss, or a "
            "WeightedRandomSampler; train longer.",
            reference="He & Garcia 2009, Learning from imbalanced data",
        )
    ]
