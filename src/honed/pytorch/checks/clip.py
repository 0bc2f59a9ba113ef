"""A clip of the gradient that acts on every step, or on none."""

from __future__ import annotations

from honed.diagnosis.case import figure
from honed.findings import Finding
from honed.pytorch.facts import Facts

_ALWAYS, _STRONG = 0.95, 0.1  # of the steps looked at; what is left of the gradient


def rule(facts: Facts) -> list[Finding]:
    """The share of steps that torch.nn.utils.clip_grad_norm_ made shorter, and by how much."""
    if not facts.clipped >= 0 or (0 < facts.clipped < _ALWAYS):
        return []
    if facts.clipped == 0:
        return [
            Finding(
                id="clip-without-effect",
                severity="note",
                what="The clip of the gradient never acts: its limit is above every norm looked at.",
                evidence={"share": 0.0},
                why="It only costs the time to take the norm.",
                action="Set max_norm near the usual norm, or leave it out.",
                reference="Pascanu et al. 2013, arXiv 1211.5063",
            )
        ]
    if not facts.clipped_to < _STRONG:
        return []
    return [
        Finding(
            id="clip-always",
            severity="warning",
            what=f"The clip acts on {figure(100 * facts.clipped)} % of the steps and leaves "
            f"{figure(100 * facts.clipped_to)} "
            "% of the gradient in the middle.",
            evidence={"share": facts.clipped, "left": facts.clipped_to},
            why="Steps then all have one length, whatever the slope: the limit is the learning rate.",
            action="Raise max_norm to about the usual norm, and lower lr if steps are then too long.",
            reference="Pascanu et al. 2013, arXiv 1211.5063: half to ten times the usual norm",
        )
    ]
