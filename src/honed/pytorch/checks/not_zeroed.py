"""Gradients that are never set to zero, so that each step repeats all those before it."""

from __future__ import annotations

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_MOST = 0.9  # of the steps that were looked at


def rule(facts: Facts) -> list[Finding]:
    """The first backward pass after a step finds that step's gradient still there."""
    if not facts.accumulated > _MOST:
        return []
    return [
        Finding(
            id="gradient-not-zeroed",
            severity="error",
            what=f"After {figure(100 * facts.accumulated)} % of the steps looked at the last gradient is still "
            "there when "
            "the next one comes, and both are added.",
            evidence={"share": facts.accumulated},
            why="Each step then follows the sum of all gradients so far: a momentum that never forgets.",
            action="Call optimizer.zero_grad() once a step, before loss.backward() or behind optimizer.step().",
            reference="PyTorch, Optimizer.zero_grad; TrainCheck (OSDI 2025)",
        )
    ]
