"""Parameters that the optimizer does not know, or that the model itself does not."""

from __future__ import annotations

from honed.findings import Finding
from honed.pytorch.checks.names import listed
from honed.pytorch.facts import Facts

_REFERENCE = "TrainCheck (OSDI 2025): parameters that the optimizer leaves out"


def rule(facts: Facts) -> list[Finding]:
    """Modules in a plain list or dictionary, and trainable parameters of the loss that are in no group."""
    found = []
    if facts.absent:
        found.append(
            Finding(
                id="unregistered-layers",
                severity="error",
                what=f"The layers in {listed(facts.absent)} are no parameters of the model: they are in a plain "
                "list or "
                "dictionary.",
                evidence={"modules": list(facts.absent)},
                why="model.parameters(), .to(device), .state_dict() and .train() do not see them, so they are never "
                "trained, moved or saved.",
                action="Hold them in nn.ModuleList or nn.ModuleDict (parameters in nn.ParameterList).",
                reference="PyTorch, nn.ModuleList",
            )
        )
    used = [one for one in facts.parameters if one.trainable and one.used]
    left = [one.name for one in used if not one.optimized]
    if not left:
        return found
    whole = len(left) == len(used)
    seen = (
        "None of the model's parameters is"
        if whole
        else f"{len(left)} of {len(used)} parameters ({listed(left)}) are not"
    )
    return [
        *found,
        Finding(
            id="not-optimized",
            severity="error" if whole else "warning",
            what=f"{seen} in the optimizer.",
            evidence={"parameters": left, "of": len(used)},
            why="They get gradients but no steps. "
            + (
                "The optimizer was made for another model, or before this one's layers were replaced."
                if whole
                else "Layers that were added or replaced after the optimizer was made are not in it."
            ),
            action="Make the optimizer last, with model.parameters(); freeze what should stay with "
            "requires_grad_(False).",
            reference=_REFERENCE,
        ),
    ]
