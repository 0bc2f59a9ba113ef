"""A copy of a model trains for a while, and what checks and rules look at is measured on the way: `observe`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import LBFGS, Optimizer

from honed.diagnosis.case import Case
from honed.errors import InputError
from honed.optional import optional
from honed.pytorch import losses, measuring
from honed.pytorch.comparing import BATCHES, growth, joined, mixed, ordered, shared
from honed.pytorch.copying import Memo, copied, optimizer_of
from honed.pytorch.describing import (
    are_alike,
    array,
    classes,
    decay_of,
    decayed,
    first,
    of_pass,
    parameters,
    penalty_of,
    rate_of,
)
from honed.pytorch.facts import Facts
from honed.pytorch.measuring import Loss, Owned
from honed.pytorch.rows import Batch, Rows, Tree, called, length, moved, rows
from honed.pytorch.trace import Trace

if TYPE_CHECKING:
    from jaxtyping import Float, Shaped

_PASSES, _LEAST_STEPS, _MOST_STEPS = 20, 200, 3000
_ENTRIES = 20  # of the curves
_HELD_OUT = 0.2  # of the rows, where none are given to validate on


@dataclass
class _Trained:
    """The copy and what trains it."""

    model: nn.Module
    loss: Loss
    optimizer: Optimizer
    weights: list[nn.Parameter]
    device: torch.device

    def value(self, batch: Batch) -> Tensor:
        """The loss of a batch."""
        inputs, targets = moved(batch, self.device)
        return self.loss(called(self.model, inputs), targets)

    def step(self, batch: Batch) -> Tensor:
        """The loss of a batch, before one step on it."""

        def closure() -> Tensor:
            value = self.value(batch)
            if value.requires_grad:
                slopes = torch.autograd.grad(value, self.weights, allow_unused=True)
                for weight, slope in zip(self.weights, slopes, strict=True):
                    weight.grad = slope
            return value.detach()

        if isinstance(self.optimizer, LBFGS):
            found = self.optimizer.step(closure)  # pyright: ignore[reportArgumentType]
            return torch.as_tensor(found)
        value = closure()
        self.optimizer.step()
        return value


def observe(
    model: nn.Module,
    loss: Loss,
    data: Tree,
    *,
    valid: Tree = None,
    optimizer: Optimizer | None = None,
    learning_rate: float = 1e-3,
    batch_size: int = 64,
    epochs: int | None = None,
    chance: float | None = None,
    seed: int = 0,
) -> Facts:
    """Train a copy of `model` and measure; as `honed.diagnose`, inside `honed.pytorch.copying.untouched`."""
    twin, memo = copied(model)
    if not twin.training:
        twin.train()
    loss_of: Loss = _copied_loss(loss, memo)
    training, held = rows(data, twin, batch_size, held=0 if valid is not None else _HELD_OUT, seed=seed)
    if valid is not None:
        held, _ = rows(valid, twin, batch_size, held=0, seed=seed)
    device = next((one.device for one in twin.parameters()), torch.device("cpu"))
    parts = [moved(part, device) for part in training.parts()]
    start = _first_pass(twin, loss_of, parts[0])
    rule = (
        torch.optim.Adam(twin.parameters(), lr=learning_rate)
        if optimizer is None
        else optimizer_of(memo, optimizer)
    )
    rate = rate_of(rule)
    everything = {id(one): one for group in rule.param_groups for one in group["params"]}
    everything |= {id(one): one for one in twin.parameters()}
    trained = _Trained(twin, loss_of, rule, [one for one in everything.values() if one.requires_grad], device)
    used = _used(twin, trained.value(parts[0]))
    alike = [are_alike(one.detach()) for one in twin.parameters()]
    squares = {id(one): float(one.detach().float().square().sum()) for one in everything.values()}
    facts = _facts_before(model, twin, loss_of, parts, start)
    layers, owned = measuring.layers_of(start.trace, twin)
    sums = facts.reduction == "sum"
    least = _constant_loss(loss_of, facts, training, held, start.outputs, device) if chance is None else None
    if sums and least is not None:
        least = tuple(one * training.size for one in least)  # type: ignore[assignment]
    curves = _train(trained, training, held, parts, owned, epochs, seed, sums)
    probes = curves.probes
    untrained = float(probes["loss"][0]) if "loss" in probes else float(curves.train[0])
    case = Case(
        rows=training.count,
        classes=classes(facts, start.outputs),
        train_loss=np.array(curves.train),
        valid_loss=np.array(curves.valid),
        rate=np.full(len(curves.train), rate) if math.isfinite(rate) else np.zeros(0),
        chance=chance if chance is not None else least[0] if least else untrained,
        valid_chance=least[1] if least else math.nan,
        baseline="a constant answer" if chance is not None or least else "the untrained network",
        valid_rows=held.count if held else 0,
        best_epoch=_best(curves.valid),
        batch_size=training.size,
        diverged=not math.isfinite(curves.train[-1]),
        probes=probes,
        probe_epochs=np.array(curves.probed),
        names=tuple(path for path, _ in owned),
        hidden_names=tuple(curves.hidden),
        steps=np.array(curves.steps),
    )
    facts = replace(
        facts,
        case=case,
        optimizer=type(rule).__name__,
        rate=rate,
        layers=tuple(layers),
        parameters=parameters(twin, rule, used, alike),
        weight_decay=decay_of(rule),
        decayed=decayed(rule, squares, case.chance),
        shuffled=training.shuffled,
        ordered=optional("The order of the rows", lambda: ordered(training), math.nan),
        shared_rows=optional("The rows of both sets", lambda: shared(training, held), math.nan)
        if held and valid is not None
        else math.nan,
    )
    if case.diverged:
        return facts
    return optional("The look at both modes", lambda: _facts_after(facts, trained, parts), facts)


@dataclass(frozen=True)
class _Start:
    """The first pass: its calls, those of the loss, and what came out."""

    trace: Trace
    loss_trace: Trace
    outputs: Any
    value: Tensor


def _first_pass(twin: nn.Module, loss: Loss, part: Batch) -> _Start:
    """Also what makes lazy modules; what fails here would fail in the user's own training."""
    inputs, targets = part
    try:
        with measuring.still(twin, training=True):
            called(twin, inputs)  # makes the parameters of lazy modules
            with Trace(twin) as trace, trace.paths():
                trace.begin(inputs)
                outputs = called(twin, inputs)
            with Trace(twin) as loss_trace:
                loss_trace.begin(outputs)
                value = loss(outputs, targets)
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(
            f"The first rows do not pass through the model and loss_fn: {said} Give data as they are used in training, "
            "and loss_fn(outputs, targets)."
        ) from error
    if not isinstance(value, Tensor) or value.numel() != 1:
        given = (
            f"an array of shape {tuple(value.shape)}"
            if isinstance(value, Tensor)
            else f"{type(value).__name__}"
        )
        raise InputError(
            f"loss_fn gives {given}, but training needs one number: return the mean loss of the rows."
        )
    return _Start(trace, loss_trace, outputs, value)


def _facts_before(
    model: nn.Module, twin: nn.Module, loss_of: Loss, parts: list[Batch], start: _Start
) -> Facts:
    """What can be seen before the first step."""
    facts = of_pass(twin, start.trace, start.outputs, losses.reading(start.loss_trace))
    grows = optional("The loss of more rows", lambda: growth(twin, loss_of, parts), math.nan)
    sums = grows > 1.7 or (math.isnan(grows) and facts.reduction == "sum")
    targets = parts[0][1]
    return replace(
        facts,
        reduction="sum" if sums else "mean",
        grows=grows,
        has_gradient=start.value.requires_grad,
        inputs=array([part[0] for part in parts]),
        targets=array([part[1] for part in parts]),
        outputs_before=optional("The outputs", lambda: _outputs(twin, parts), np.zeros((0, 0))),
        added=optional(
            "The penalty", lambda: penalty_of(model, twin, loss_of, start.outputs, targets), math.nan
        ),
    )


@dataclass
class _Curves:
    train: list[float]
    valid: list[float]
    steps: list[int]
    probed: list[int]
    probes: dict[str, Float[np.ndarray, "probed ..."]]
    hidden: list[str]


def _train(
    trained: _Trained,
    training: Rows,
    held: Rows | None,
    parts: list[Batch],
    layers: Sequence[Owned],
    epochs: int | None,
    seed: int,
    sums: bool,
) -> _Curves:
    """Train by windows of steps, one entry of the curves each, with a look at the inside before each."""
    own = min(max(_PASSES * training.steps, _LEAST_STEPS), max(_MOST_STEPS, training.steps))
    total = epochs * training.steps if epochs else own
    window = max(1, round(total / _ENTRIES))
    stream = _stream(training, seed, total)
    curves = _Curves([], [], [], [], {}, [])
    seen: list[dict[str, Any]] = []
    done = 0
    while batches := list(itertools.islice(stream, window)):
        looked = optional(
            "A look inside the network",
            lambda: measuring.measured(trained.model, trained.loss, parts, layers) if layers else ({}, []),
            ({}, []),
        )
        values = []
        for number, batch in enumerate(batches):
            before = None
            if looked[0] and number in (
                1,
                len(batches) - 1,
            ):  # Adam's first step is longer than any later one
                before = [[weight.detach().clone() for weight in weights] for _, weights in layers]
            values.append(trained.step(batch))
            if before is not None:
                update = _update(before, layers)
                if (
                    "update" not in looked[0] or np.isfinite(update).all()
                ):  # of one that diverges the second step
                    looked[0]["update"] = update
        if looked[0]:
            seen.append(looked[0])
            curves.probed.append(len(curves.train) + 1)
            curves.hidden = curves.hidden or looked[1]
        done += len(batches)
        curves.steps.append(done)
        curves.train.append(float(torch.stack([value.float() for value in values]).mean()))
        scale = training.size if sums else 1.0
        curves.valid.append(_mean_loss(trained, held, sums) * scale if held else math.nan)
        if not math.isfinite(curves.train[-1]):
            break
    if not curves.train:
        raise InputError("The loader gives no more batches, so there is nothing to train on.")
    common = (
        [
            name
            for name in seen[0]
            if all(name in one and one[name].shape == seen[0][name].shape for one in seen)
        ]
        if seen
        else []
    )
    curves.probes = {name: np.stack([one[name] for one in seen]) for name in common}
    if "dead" not in curves.probes:
        curves.hidden = []
    return curves


def _stream(training: Rows, seed: int, total: int) -> Iterator[Batch]:
    def endless() -> Iterator[Batch]:
        for number in itertools.count():
            before = number
            for batch in training.passes(seed, number):
                before = -1
                yield batch
            if before >= 0:  # an empty pass would come again for ever
                return

    return itertools.islice(endless(), total)


def _update(before: list[list[Tensor]], layers: Sequence[Owned]) -> Float[np.ndarray, " layers"]:
    found = []
    for old, (_, weights) in zip(before, layers, strict=True):
        step = (
            torch.stack([(a - b.detach()).float().square().sum() for a, b in zip(old, weights, strict=True)])
            .sum()
            .sqrt()
        )
        norm = torch.stack([a.float().square().sum() for a in old]).sum().sqrt()
        found.append((step / norm.clamp(min=1e-30)).cpu())
    return torch.stack(found).double().numpy()


def _mean_loss(trained: _Trained, rows: Rows, sums: bool) -> float:
    """In evaluation mode, over all batches, or the first of many; of one row where losses are sums."""
    with measuring.still(trained.model, training=False), torch.no_grad():
        found = []
        for batch in itertools.islice(rows.once(), BATCHES):
            size = length(batch[1])
            value = float(trained.value(batch))
            found.append((value / size if sums else value, size))
    values, sizes = zip(*found, strict=True) if found else ((math.nan,), (1,))
    return float(np.average(values, weights=sizes))


def _facts_after(facts: Facts, trained: _Trained, parts: list[Batch]) -> Facts:
    """What both modes say of the probe rows."""
    model = trained.model
    kept = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    with torch.no_grad():
        training = float(np.mean([float(trained.value(part)) for part in parts]))
        for buffer, value in kept:
            buffer.copy_(value)
        modes = {module: module.training for module in model.modules()}
        model.eval()
        evaluation = float(np.mean([float(trained.value(part)) for part in parts]))
        outputs = [first(called(model, part[0])) for part in parts]
        again = [first(called(model, part[0])) for part in parts]
        spread = max(float(torch.cat([one.flatten() for one in outputs]).float().std()), 1e-12)
        noise = max(float((a - b).float().abs().max()) for a, b in zip(outputs, again, strict=True)) / spread
        moves = mixed(model, parts, outputs, spread) if noise < 1e-4 else math.nan
        for module, mode in modes.items():
            module.training = mode
    return replace(
        facts,
        train_mode_loss=training,
        eval_mode_loss=evaluation,
        eval_mode_noise=noise,
        mixed=moves,
        outputs=array(outputs),
    )


def _constant_loss(
    loss: Loss, facts: Facts, training: Rows, held: Rows | None, outputs: Any, device: torch.device
) -> tuple[float, float] | None:
    """The loss of the best constant answer on training and on validation rows; of one row where losses are sums."""
    if not isinstance(outputs, Tensor):
        return None
    found = []
    answer: Tensor | None = None
    for own in (training, held):
        targets = (
            joined([moved(batch, device)[1] for batch in itertools.islice(own.once(), BATCHES)])
            if own
            else None
        )
        if targets is None or not len(targets):
            found.append(math.nan)
            continue
        blank = outputs.detach()[:1].expand(len(targets), *outputs.shape[1:])
        if answer is None:
            answer = losses.constant(loss, facts.loss, blank, targets)
        if answer is None:
            return None
        with torch.no_grad():
            value = float(loss(answer.expand_as(blank), targets))
        found.append(value / len(targets) if facts.reduction == "sum" else value)
    return (found[0], found[1]) if math.isfinite(found[0]) and found[0] > 0 else None


def _copied_loss(loss: Any, memo: Memo) -> Any:
    if not isinstance(loss, nn.Module):
        return loss
    import copy

    return copy.deepcopy(loss, memo)


def _used(twin: nn.Module, value: Tensor) -> set[int]:
    """Parameters that the loss depends on."""
    weights = [one for one in twin.parameters() if one.requires_grad]
    if not value.requires_grad:
        return set()
    slopes = torch.autograd.grad(value, weights, allow_unused=True)
    return {id(one) for one, slope in zip(weights, slopes, strict=True) if slope is not None}


def _best(valid: list[float]) -> int:
    finite = np.where(np.isfinite(valid), valid, np.inf)
    return int(np.argmin(finite)) + 1 if np.isfinite(finite).any() else 0


def _outputs(twin: nn.Module, parts: list[Batch]) -> Shaped[np.ndarray, ...]:
    with measuring.still(twin, training=False), torch.no_grad():
        return array([first(called(twin, part[0])) for part in parts])
