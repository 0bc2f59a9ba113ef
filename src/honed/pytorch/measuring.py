"""Measurements of a model in training on rows that stay the same: gradients, weights and hidden values by layer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from honed.pytorch.facts import Layer
from honed.pytorch.rows import Batch, called, length
from honed.pytorch.trace import PRODUCTS, Call, Trace
from honed.units import FLAT, SILENT, STEEPNESS

if TYPE_CHECKING:
    from jaxtyping import Float

Loss = Callable[[Any, Any], Any]
Owned = tuple[str, tuple[nn.Parameter, ...]]  # the path of a layer, and its weights


@dataclass
class Hidden:
    """What is kept of the values that an activation gave to a layer, in one pass."""

    name: str
    mean: Tensor
    square: Tensor
    largest: Tensor
    flat: Tensor


def hidden_of(call: Call, values: Tensor, kind: str) -> Hidden:
    """Of what a layer takes in, or of what a recurrent one gave."""
    with torch.no_grad():
        values = values.detach().float()
        axis = 1 if call.name.startswith("conv") and values.ndim > 2 else values.ndim - 1
        units = values.abs().movedim(axis, -1).reshape(-1, values.shape[axis])
        steepness = STEEPNESS.get(kind)
        flat = (steepness(values) < FLAT).float().mean() if steepness else torch.zeros(())
        place = f"in {call.path}" if call.shape else f"before {call.path}" if call.path else "in the model"
        return Hidden(f"{kind} {place}", values.mean(), values.square().mean(), units.amax(0), flat)


class Looks:
    """The hidden values of one pass: `Trace(model, looks)`, then `looks.seen`; each activation counts once."""

    def __init__(self) -> None:
        self.seen: dict[str, Hidden] = {}
        self._from: set[tuple[str, int]] = set()

    def __call__(self, call: Call, values: Tensor, kind: str) -> None:
        source = ("given", -1) if call.shape else (kind, call.sources[0])
        if values.ndim < 2 or (not call.shape and source in self._from):
            return
        self._from.add(source)
        found = hidden_of(call, values, kind)
        number, name = 2, found.name
        while found.name in self.seen:
            found.name = f"{name} ({number})"
            number += 1
        self.seen[found.name] = found


def layers_of(trace: Trace, model: nn.Module) -> tuple[list[Layer], list[Owned]]:
    """The layers of a pass in order, and the weights of those that are trained."""
    known = dict(model.named_parameters())
    layers: dict[str, Layer] = {}
    owned: dict[str, tuple[nn.Parameter, ...]] = {}
    for call in trace.calls:
        if call.name not in PRODUCTS:
            continue
        names = [name for name in call.weights if known[name].ndim >= 2]
        path = call.path
        if names and not (path and names[0].startswith(f"{path}.")):
            path = names[0].removesuffix(".weight")
        own = [known[name] for name in names]
        if not own and path:
            own = [value for name, value in known.items() if name.startswith(f"{path}.") and value.ndim >= 2]
        if not own or not path or path in layers:
            continue
        behind = trace.activation(call.sources[0])[0] if call.sources else ""
        size = own[0].shape
        layers[path] = Layer(path, call.name, behind, int(size[0]), int(np.prod(size[1:])))
        trained = tuple(value for value in own if value.requires_grad)
        if trained:
            owned[path] = trained
    if not owned:
        owned = {name: (value,) for name, value in known.items() if value.requires_grad}
    return list(layers.values()), list(owned.items())


def matrices(model: nn.Module) -> list[Owned]:
    """The weights of several axes that are trained, by module, where no pass says which layers there are."""
    return [
        (name.removesuffix(".weight"), (value,))
        for name, value in model.named_parameters()
        if value.requires_grad and value.ndim >= 2
    ]


@contextlib.contextmanager
def still(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Inside, the model is in a mode, without dropout; afterwards its modes and buffers are what they were."""
    modes = {module: module.training for module in model.modules()}
    kept = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    try:
        if not training:
            model.eval()
        for module in model.modules():
            if "dropout" in type(module).__name__.lower() or (
                isinstance(module, nn.RNNBase | nn.MultiheadAttention) and module.dropout
            ):
                module.training = False
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        with torch.no_grad():
            for buffer, value in kept:
                buffer.copy_(value)


def measured(
    model: nn.Module, loss: Loss, parts: Sequence[Batch], layers: Sequence[Owned]
) -> tuple[dict[str, Float[np.ndarray, ...]], list[str]]:
    """What `honed.diagnosis.case.Case` calls probes, now and but for "update", and names of the hidden values."""
    weights = [weight for _, own in layers for weight in own]
    total: list[Tensor] = []
    values, squares, looks = [], [], []
    with still(model, training=True):
        for inputs, targets in parts:
            look = Looks()
            with Trace(model, look) as trace, trace.paths():
                trace.begin(inputs)
                outputs = called(model, inputs)
            value = loss(outputs, targets)
            found = (
                torch.autograd.grad(value, weights, allow_unused=True)
                if value.requires_grad
                else [None] * len(weights)
            )
            slopes = [dense(one, weight) for one, weight in zip(found, weights, strict=True)]
            total = [a + b for a, b in zip(total, slopes, strict=True)] if total else slopes
            squares.append(square(slopes))
            values.append(value.detach().float())
            looks.append(look.seen)
    count, size = len(parts), float(np.mean([length(targets) for _, targets in parts]))
    mean = [one / count for one in total]
    of_part, of_mean = float(torch.stack(squares).mean()), float(square(mean))
    by_layer = iter(mean)
    slopes = [[next(by_layer) for _ in own] for _, own in layers]
    own = [norm([weight.detach().float() for weight in own]) for _, own in layers]
    probes = {
        "loss": np.array(float(torch.stack(values).mean())),
        "gradient": numbers([norm(each) for each in slopes]),
        "gradient_zeros": numbers([zeros(each) for each in slopes]),
        "weight": numbers(own),
        "signal": np.array((count * of_mean - of_part) / (count - 1) if count > 1 else np.nan),
        "noise": np.array((of_part - of_mean) / (1 / size - 1 / (count * size)) if count > 1 else np.nan),
    }
    names = [name for name in looks[0] if all(name in one for one in looks)]
    return probes | of_hidden([[one[name] for one in looks] for name in names]), names


def of_hidden(hidden: list[list[Hidden]]) -> dict[str, Float[np.ndarray, ...]]:
    """The probes of hidden values, each of which was seen in some passes."""
    if not hidden:
        return {}
    means = [torch.stack([one.mean for one in each]).mean() for each in hidden]
    squares = [torch.stack([one.square for one in each]).mean() for each in hidden]
    return {
        "activation_mean": numbers(means),
        "activation_std": numbers(
            [(b - a * a).clamp(min=0).sqrt() for a, b in zip(means, squares, strict=True)]
        ),
        "dead": numbers([(_largest(each) < SILENT).float().mean() for each in hidden]),
        "saturated": numbers([torch.stack([one.flat for one in each]).mean() for each in hidden]),
    }


def _largest(parts: list[Hidden]) -> Tensor:
    same = [one.largest for one in parts if one.largest.shape == parts[0].largest.shape]
    return torch.stack(same).amax(0)


def dense(slope: Tensor | None, weight: Tensor) -> Tensor:
    """A gradient as numbers, zeros where there is none."""
    if slope is None:
        return torch.zeros_like(weight, dtype=torch.float32)
    return (slope.to_dense() if slope.is_sparse else slope).float()


def square(slopes: Sequence[Tensor]) -> Tensor:
    """The sum of all squares."""
    return torch.stack([one.square().sum() for one in slopes]).sum()


def norm(slopes: Sequence[Tensor]) -> Tensor:
    """The Euclidean norm of all of them together."""
    each = [torch.linalg.vector_norm(one) for one in slopes]  # of one array in one call
    return each[0] if len(each) == 1 else torch.linalg.vector_norm(torch.stack(each))


def zeros(slopes: Sequence[Tensor]) -> Tensor:
    """The share of exact zeros."""
    others = torch.stack([torch.count_nonzero(one) for one in slopes]).sum()
    return 1 - others / sum(one.numel() for one in slopes)


def numbers(values: Sequence[Tensor]) -> Float[np.ndarray, " layers"]:
    """Single numbers from their devices."""
    return torch.stack([value.detach().cpu() for value in values]).double().numpy()
