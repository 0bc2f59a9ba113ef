"""Outputs (n, 1) against targets (n,), of which every pair is compared."""

from __future__ import annotations

from honed.findings import Finding
from honed.pytorch.facts import Facts


def rule(facts: Facts) -> list[Finding]:
    """A call in the loss that spreads a column over a row of as many."""
    if not facts.spread_shapes:
        return []
    one, other = facts.spread_shapes[:2]
    return [
        Finding(
            id="target-shape",
            severity="error",
            what=f"The loss compares shapes {one} and {other}, which spread to ({one[0]}, {one[0]}): each output with "
            "every row's target.",
            evidence={"shapes": [list(one), list(other)]},
            why="The best answer to all targets at once is their mean, so that is what the model learns.",
            action="Give both the same shape: targets.unsqueeze(1), or outputs.squeeze(1).",
            reference="PyTorch's warning on the target size of nn.MSELoss; UMLAUT (CHI 2021)",
        )
    ]
