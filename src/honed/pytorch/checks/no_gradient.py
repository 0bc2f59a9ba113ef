"""The loss does not depend on the model's parameters, so nothing can be learned."""

from __future__ import annotations

from honed.findings import Finding
from honed.pytorch.facts import Facts


def rule(facts: Facts) -> list[Finding]:
    """A loss without a path back to any trainable parameter, as autograd sees it."""
    trainable = [one.name for one in facts.parameters if one.trainable]
    if facts.has_gradient and any(one.used for one in facts.parameters if one.trainable):
        return []
    if trainable:
        seen = "The loss has no gradient for any parameter of the model"
        why = "Something on the way cuts the graph: .detach(), .data, .item(), NumPy, torch.no_grad(), argmax or round."
        action = (
            "Keep tensors all the way from the model to the loss, and give the loss outputs, not decisions."
        )
    else:
        seen = "No parameter of the model has requires_grad=True"
        why = "Only such parameters get gradients."
        action = "Call model.requires_grad_(True), or requires_grad_(True) of the layers to train."
    return [
        Finding(
            id="no-gradient",
            severity="error",
            what=f"{seen}, so no step changes anything.",
            evidence={"trainable": len(trainable), "has_gradient": facts.has_gradient},
            why=why,
            action=action,
            reference="TrainCheck (OSDI 2025): gradients and updates of every trainable parameter",
        )
    ]
