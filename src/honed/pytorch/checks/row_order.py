"""Rows that come in the same order each pass, sorted by their target."""

from __future__ import annotations

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_SORTED = 1.5  # share of neighbours with the same target, over that in a random order


def rule(facts: Facts) -> list[Finding]:
    """A loader without shuffle whose neighbours share their target far more often than by chance."""
    if facts.shuffled or not facts.ordered > _SORTED:
        return []
    return [
        Finding(
            id="sorted-rows",
            severity=facts.severity,
            what="The loader gives its rows in the same order each pass, sorted by target: neighbours share it "
            f"{figure(facts.ordered)} times as often as in a random order.",
            evidence={"neighbours": facts.ordered},
            why="Each batch is of few classes, so a step unlearns what the steps before it learned of the others.",
            action="DataLoader(..., shuffle=True).",
            reference="Bengio 2012, arXiv 1206.5533, section 2: order of examples",
        )
    ]
