"""A loss that is a sum over rows, not their mean."""

from __future__ import annotations

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_LONG = 0.02  # step over the weights' length in the first look, above which a sum does harm


def rule(facts: Facts) -> list[Finding]:
    """The loss of two batches together is twice their mean; a warning where steps are long, a note else."""
    if facts.reduction != "sum":
        return []
    update = facts.case.early("update")
    harms = facts.case.is_lost or (update.size and float(update.max()) > _LONG)
    times = f"{figure(facts.grows)} times that of one" if facts.grows > 1 else "a sum"
    return [
        Finding(
            id="sum-loss",
            severity="error" if facts.case.is_lost else "warning" if harms else "note",
            what=f"The loss is a sum over the rows: of two batches together it is {times}.",
            evidence={"grows": facts.grows, "batch_size": facts.case.batch_size},
            why=f"Gradients are {facts.case.batch_size} times those of the mean, so that the rate, penalties and "
            "clips mean "
            "something else with every batch size, and the last batch of a pass weighs less.",
            action='Take reduction="mean", or divide by the number of rows.',
            reference="TrainCheck (OSDI 2025); UMLAUT (CHI 2021)",
        )
    ]
