"""An activation between the last layer and a loss that has one of its own."""

from __future__ import annotations

import numpy as np

from honed.findings import Finding
from honed.pytorch.facts import Facts

_OF_RAW_NUMBERS = {
    "cross_entropy": "nn.CrossEntropyLoss",
    "binary_cross_entropy_with_logits": "nn.BCEWithLogitsLoss",
}
_HARMFUL = ("softmax", "softmin", "sigmoid", "hardsigmoid", "tanh", "hardtanh", "relu", "relu6", "softplus")
_HARMLESS = ("leaky_relu", "elu", "selu", "gelu", "silu")  # which leave room on both sides
_POSITIVE = 1e-6  # of a logarithm of a probability


def rule(facts: Facts) -> list[Finding]:
    """What the outputs end in, against the loss that reads them; logarithms of probabilities that are above zero."""
    ends, loss = facts.ends_in, facts.loss
    place = f" ({facts.ends_at})" if facts.ends_at else ""
    if loss in _OF_RAW_NUMBERS and ends in (*_HARMFUL, *_HARMLESS):
        name, own = _OF_RAW_NUMBERS[loss], "softmax" if loss == "cross_entropy" else "sigmoid"
        twice = (
            f"so {own} is taken twice"
            if ends == own
            else f"and {ends} keeps them in a part of what these may be"
        )
        return [
            Finding(
                id="activation-before-loss",
                severity="warning" if ends in _HARMLESS or not facts.case.is_lost else "error",
                what=f"The outputs end in {ends}{place}, but {name} wants raw numbers: it takes {own} itself, {twice}.",
                evidence={"ends_in": ends, "loss": loss},
                why="Outputs between 0 and 1 can never say that they are sure, so the loss stays high and "
                "gradients small."
                if ends in ("softmax", "sigmoid")
                else "The loss can only be small with outputs far below and above zero.",
                action=f"Leave {ends} out of the model, or out of what loss_fn does first; take it when you predict.",
                reference=f"PyTorch, {name}; NeuraLint (TOSEM 2021); UMLAUT (CHI 2021)",
            )
        ]
    if (
        loss == "nll_loss"
        and facts.outputs_before.size
        and float(np.nanmax(facts.outputs_before)) > _POSITIVE
        and (ends not in ("log_softmax", "log", "logsigmoid"))
    ):
        return [
            Finding(
                id="activation-before-loss",
                severity="error",
                what="nn.NLLLoss wants logarithms of probabilities, but the outputs end in "
                f"{ends or 'raw numbers'}{place} "
                f"and reach {float(np.nanmax(facts.outputs_before)):.3g}.",
                evidence={"ends_in": ends, "loss": loss},
                why="It takes minus the right class's output as the loss, which raw numbers can make as low as "
                "they like, "
                "and probabilities only as -1.",
                action="Take nn.CrossEntropyLoss on raw numbers, or end the model in nn.LogSoftmax(dim=1).",
                reference="PyTorch, nn.NLLLoss",
            )
        ]
    return []
