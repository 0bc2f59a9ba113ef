"""What a model, its optimizer and one pass say by themselves, without a training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils._pytree import tree_map_only

from honed.diagnosis.case import Case
from honed.pytorch.facts import DECOUPLED, ENTROPIES, Facts, Parameter
from honed.pytorch.losses import Loss, Reading
from honed.pytorch.rows import Tree
from honed.pytorch.trace import Call, Trace, tensors

if TYPE_CHECKING:
    from jaxtyping import Shaped

_DROPOUTS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout)


def of_pass(model: nn.Module, trace: Trace, outputs: Tree, said: Reading) -> Facts:
    """The facts of a pass and its loss; no training has a case yet."""
    last = trace.behind(trace.number(outputs))
    ends = said.applied or (last.name if last else "")
    first_call = next((call for call in trace.calls if -2 in call.sources and call.shape), None)
    bent = trace.nonlinear
    return Facts(
        case=Case(0, 0, np.zeros(0), np.zeros(0), np.zeros(0), math.nan),
        absent=absent(model),
        ends_in=ends,
        applied=bool(said.applied),
        ends_at="" if not last or last.name != ends else last.path,
        ends_axis=_axis(last, outputs) if last else None,
        nonlinear=tuple(bent[:-1] if last and bent and bent[-1] == last.name else bent),
        loss=said.name,
        reduction=said.reduction,
        spread_shapes=said.spread,
        has_batch_norm=any(call.name == "batch_norm" for call in trace.calls),
        dropouts=tuple(one.p for one in model.modules() if isinstance(one, _DROPOUTS)),
        unscaled_first=first_call is not None
        and "norm" not in first_call.name
        and "embedding" not in first_call.name,
    )


def parameters(
    model: nn.Module, optimizer: Optimizer, used: set[int], alike: list[bool]
) -> tuple[Parameter, ...]:
    """The model's parameters; `used` are ids of those that the loss depends on."""
    known = {id(one) for group in optimizer.param_groups for one in group["params"]}
    return tuple(
        Parameter(name, one.requires_grad, id(one) in known, id(one) in used, one.numel(), is_alike)
        for (name, one), is_alike in zip(model.named_parameters(), alike, strict=True)
    )


def rate_of(optimizer: Optimizer) -> float:
    """The highest learning rate of all groups, NaN where there is none."""
    return max(float(group.get("lr", math.nan)) for group in optimizer.param_groups)


def decay_of(optimizer: Optimizer) -> float:
    """The largest weight_decay of all groups."""
    return max(float(group.get("weight_decay", 0) or 0) for group in optimizer.param_groups)


def absent(twin: nn.Module) -> tuple[str, ...]:
    """Modules with weights that the model holds in a list or a dictionary, where it does not see them."""
    named = {id(one) for one in twin.parameters()}
    found = []
    for path, module in twin.named_modules():
        for name, value in vars(module).items():
            if name.startswith("_") or not isinstance(value, list | tuple | dict):
                continue
            parts = value.values() if isinstance(value, dict) else value
            hidden = [
                one
                for one in parts
                if isinstance(one, nn.Module) and any(id(p) not in named for p in one.parameters())
            ]
            loose = [one for one in parts if isinstance(one, nn.Parameter) and id(one) not in named]
            if hidden or loose:
                found.append(f"{path}.{name}" if path else name)
    return tuple(found)


def are_alike(weight: Tensor) -> bool:
    """Whether all units have the same weights, and are several."""
    return bool(weight.ndim >= 2 and len(weight) > 1 and (weight == weight[:1]).all())


def decayed(rule: Optimizer, squares: dict[int, float], chance: float) -> float:
    """What weight_decay stands for at the start, over the loss of a constant answer.

    `squares` are of the parameters that the rule had then, by id; others may have come since.
    """
    decay = sum(
        0.5 * float(group.get("weight_decay", 0) or 0) * squares.get(id(one), 0.0)
        for group in rule.param_groups
        if not group.get("decoupled_weight_decay") and type(rule).__name__ not in DECOUPLED
        for one in group["params"]
        if one.requires_grad
    )
    return decay / chance if chance > 0 else math.nan


def penalty_of(model: nn.Module, twin: nn.Module, loss: Loss, outputs: Tree, targets: Tree) -> float:
    """What loss_fn adds for the weights, over the rest: half of weights times slopes, which is all of a square."""
    apart = loss(tree_map_only(Tensor, lambda one: one.detach(), outputs), targets)
    if not isinstance(apart, Tensor) or not apart.requires_grad:
        return math.nan
    weights = [one for own in (model, twin) for one in own.parameters() if one.requires_grad]
    slopes = torch.autograd.grad(apart, weights, allow_unused=True)
    value = (
        sum(float((a.detach() * b).sum()) for a, b in zip(weights, slopes, strict=True) if b is not None) / 2
    )
    rest = float(apart.detach()) - value
    return value / rest if rest > 0 and value > 0 else math.nan


def classes(facts: Facts, outputs: object) -> int:
    kinds = facts.targets
    if facts.loss not in ENTROPIES or not isinstance(outputs, Tensor):
        return 0
    if "binary" in facts.loss:
        return 2 if set(np.unique(kinds)) <= {0.0, 1.0} else 0
    return int(outputs.shape[1]) if outputs.ndim > 1 and kinds.dtype.kind in "iu" else 0


def array(parts: list[Tree]) -> Shaped[np.ndarray, ...]:
    """The first arrays of the parts, one behind the other, where they fit."""
    found = [tensors(part)[0].detach().cpu() for part in parts if tensors(part)]
    found = [one for one in found if one.shape[1:] == found[0].shape[1:] and one.ndim]
    if not found:
        return np.zeros((0, 0))
    joined = torch.cat(found)
    return (joined.double() if joined.is_floating_point() else joined).numpy()


def first(outputs: Tree) -> Tensor:
    return tensors(outputs)[0]


def _axis(call: Call, outputs: Any) -> int | None:
    return (
        call.axis % outputs.ndim
        if call.axis is not None and isinstance(outputs, Tensor) and outputs.ndim
        else None
    )
