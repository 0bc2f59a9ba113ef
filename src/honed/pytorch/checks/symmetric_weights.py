"""Units that start with the same weights and so stay the same."""

from __future__ import annotations

from honed.findings import Finding
from honed.pytorch.checks.names import listed
from honed.pytorch.facts import Facts


def rule(facts: Facts) -> list[Finding]:
    """A hidden layer whose units all have the same weights before training; the last layer may start so."""
    last = facts.layers[-1].path if facts.layers else ""
    paths = [layer.path for layer in facts.layers if layer.kind != "embedding"]
    alike = [
        one.name for one in facts.parameters if one.alike and one.trainable and _owner(one.name) in paths
    ]
    hidden = [name for name in alike if _owner(name) != last]
    if not hidden:
        return []
    return [
        Finding(
            id="symmetric-weights",
            severity=facts.severity,
            what=f"All units of {listed([_owner(name) for name in hidden])} start with the same weights.",
            evidence={"parameters": hidden},
            why="Units with equal weights get equal gradients, so they stay alike and the layer is worth one unit.",
            action="Start weights at random: nn.init.kaiming_normal_(layer.weight), or leave PyTorch's own start.",
            reference="Goodfellow et al. 2016, section 8.4; TheDeepChecker (arXiv 2204.00694)",
        )
    ]


def _owner(name: str) -> str:
    return name.rpartition(".")[0] or name
