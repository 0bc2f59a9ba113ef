"""What a loss function of PyTorch computes, and the loss of the best constant answer by it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from honed.pytorch.facts import DISTANCES, ENTROPIES
from honed.pytorch.trace import Call, Trace

KNOWN = (*ENTROPIES, *DISTANCES, "poisson_nll_loss", "gaussian_nll_loss", "kl_div", "hinge_embedding_loss")
_BINARY = frozenset(
    ["sub", "__sub__", "__rsub__", "rsub", "mul", "__mul__", "eq", "__eq__", "ne", "add", "__add__"]
)
_STEPS, _FAR = 60, 1e6  # of the search for a constant answer; a size at which there is none
_ROWS = 20_000  # that it looks at, at most

Loss = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Reading:
    """How a loss function reads its outputs and targets; names as in `honed.pytorch.facts.Facts`.

    `applied` is what it does to the outputs before PyTorch's own loss, such as "softmax"; "" for nothing.
    """

    name: str
    reduction: str
    applied: str
    spread: tuple[tuple[int, ...], ...]


def reading(trace: Trace, start: int = 0) -> Reading:
    """What the calls of one loss say, from the call of that number on."""
    calls = trace.calls[start:]
    found = next((call for call in calls if call.name in KNOWN), None)
    reduction = "mean"
    if found is not None:
        said = found.arguments.get("reduction", "mean")
        reduction = said if isinstance(said, str) else "mean"
    elif any(call.name == "sum" for call in calls[-2:]) and not any(call.name == "mean" for call in calls):
        reduction = "sum"
    spread = next((call.shapes[:2] for call in calls if _spreads(call)), ())
    name = found.name if found else _by_hand(calls)
    if reduction == "none" and calls:
        reduction = "sum" if calls[-1].name == "sum" else "mean"
    before = trace.behind(found.sources[0]) if found and found.sources else None
    return Reading(name, reduction, before.name if before else "", tuple(spread))


def constant(loss: Loss, name: str, outputs: Tensor, targets: object) -> Tensor | None:
    """The one answer, for all rows the same, of the least loss; None where there is none or it is not known.

    Parameters
    ----------
    outputs : (rows, …) of the untrained model, whose shape and kind the answer has.
    """
    if not isinstance(outputs, Tensor) or outputs.ndim < 1 or not outputs.is_floating_point():
        return None
    shape = outputs.shape[1:]
    start = torch.zeros(shape, dtype=outputs.dtype, device=outputs.device)
    inside: Callable[[Tensor], Tensor] = lambda free: free  # noqa: E731
    if name == "binary_cross_entropy":
        inside = torch.sigmoid
    elif name == "nll_loss":
        inside = lambda free: torch.log_softmax(free, 0)  # noqa: E731
    elif name in DISTANCES and isinstance(targets, Tensor) and targets.shape[1:].numel() == shape.numel():
        start = targets.to(outputs.dtype).mean(0).reshape(shape)
        start = targets.to(outputs.dtype).median(0).values.reshape(shape) if name == "l1_loss" else start
    elif not name:
        start = outputs.detach().mean(0)
    free = start.clone().requires_grad_()
    rule = torch.optim.LBFGS([free], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def value() -> Tensor:
        return loss(inside(free).expand(len(outputs), *shape), targets)

    def closure() -> Tensor:
        found = value()
        (slope,) = torch.autograd.grad(found, free)
        free.grad = slope
        return found

    try:
        first = float(value().detach())
        if name not in ("mse_loss", "l1_loss"):
            rule.step(closure)
        last = float(value().detach())
        slope = float(torch.autograd.grad(value(), free)[0].norm())
    except Exception:  # whatever a user's loss does with an answer that no network gave
        return None
    is_lowest = slope <= 1e-2 * max(abs(first), abs(last), 1e-6) or name in ("mse_loss", "l1_loss")
    known = math.isfinite(last) and last <= first + 1e-6 and float(free.detach().abs().max()) < _FAR * 1e6
    return inside(free).detach() if known and (is_lowest or name) else None


def _spreads(call: Call) -> bool:
    """Whether (n, 1) meets (n,), which gives (n, n)."""
    if (call.name not in _BINARY and call.name not in KNOWN) or len(call.shapes) < 2:
        return False
    long, short = sorted(call.shapes[:2], key=len, reverse=True)
    return len(long) == 2 and long[1] == 1 and len(short) == 1 and long[0] == short[0] > 1


def _by_hand(calls: list[Call]) -> str:
    """A mean of squares or sizes of a difference that was written out."""
    names = [call.name for call in calls]
    if any("sub" in name for name in names):
        if any(name in ("pow", "__pow__", "square") for name in names):
            return "mse_loss"
        if any(name in ("abs", "__abs__") for name in names):
            return "l1_loss"
    return ""
