"""Units, or filters, that are copies of one another: they see the same and say the same."""

from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_MANY = 0.5  # of a layer's units; reasoned: below, a layer still has more different units than copies


def rule(case: Case) -> list[Finding]:
    """More than half of a hidden layer's units whose weights point the same way as another's in the usual probe."""
    alike = case.usual("alike")
    layers = [int(layer) + 1 for layer in np.flatnonzero(alike > _MANY)]
    if not layers:
        return []
    worst = int(np.argmax(alike)) + 1
    born = case.early("alike")[0][worst - 1] > _MANY
    many, place = case.many(worst), case.called(worst, hidden=True)
    return [
        Finding(
            id="alike-units",
            severity="error" if case.is_lost else "warning",
            what=f"{figure(100 * float(alike[worst - 1]))} % of the {many} of {place} are alike: their weights point "
            f"the same way as another's. More than half are in {case.called(*layers, hidden=True)}.",
            evidence={"alike": [float(x) for x in alike], "before_training": bool(born)},
            why="What is alike gets the same gradient, stays alike, and counts as one: the layer has fewer "
            f"{many} than it pays for. "
            + (
                "They were so before the first step: their starting weights are the same."
                if born
                else "Training has made them so: one direction was worth more than all others."
            ),
            action="Draw starting weights at random."
            if born
            else f"Lower the learning rate, or give the layer fewer {many}.",
            layers=tuple(layers),
            reference="Goodfellow et al. 2016, Deep Learning, section 8.4: starting weights have to break symmetry",
        )
    ]
