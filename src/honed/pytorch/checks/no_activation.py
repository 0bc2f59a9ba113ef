"""Layers behind each other without an activation between, which are one linear map."""

from __future__ import annotations

from honed.findings import Finding, Severity
from honed.pytorch.checks.names import listed
from honed.pytorch.facts import Facts

_LINEAR = ("linear", "matmul", "mm", "addmm", "conv1d", "conv2d", "conv3d")
_POOLS = ("pool", "max", "norm", "dispatch")


def rule(facts: Facts) -> list[Finding]:
    """No function in a pass that is not linear, or a layer whose inputs are another layer's outputs as they are.

    A layer narrower than both its neighbours may be meant: it gives a map of low rank.
    """
    stack = [layer for layer in facts.layers if layer.kind in _LINEAR]
    bent = [name for name in facts.nonlinear if not any(part in name for part in _POOLS)]
    if len(stack) >= 2 and len(stack) == len(facts.layers) and not bent:
        names = [layer.path for layer in stack]
        seen = f"The {len(stack)} layers ({listed(names)}) have no activation between them"
        severity: Severity = facts.severity
    else:
        pairs = [
            (before, layer)
            for before, layer in zip(facts.layers, facts.layers[1:], strict=False)
            if layer.behind == before.kind == "linear" and before.units >= min(before.inputs, layer.units)
        ]
        if not pairs:
            return []
        names = [layer.path for pair in pairs for layer in pair]
        seen = " and ".join(
            f"{layer.path} takes {before.path}'s outputs without an activation" for before, layer in pairs[:3]
        )
        severity = "warning"
    return [
        Finding(
            id="no-activation",
            severity=severity,
            what=f"{seen}.",
            evidence={"modules": list(dict.fromkeys(names))},
            why="Two linear layers behind each other compute what one can, whatever their width.",
            action="Put nn.ReLU() between them (F.relu in forward).",
            reference="NeuraLint (TOSEM 2021); UMLAUT (CHI 2021)",
        )
    ]
