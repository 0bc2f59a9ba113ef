"""Findings for a module of PyTorch: `diagnose`, on a copy that trains for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn
from torch.optim import Optimizer

from honed.diagnosis import training
from honed.diagnosis.asked import check_positive
from honed.errors import InputError
from honed.findings import Finding, worst_first
from honed.pytorch import checks, words
from honed.pytorch.copying import untouched
from honed.pytorch.facts import Facts
from honed.pytorch.observing import observe

Tree = Any  # arrays in lists, tuples and dictionaries, or a loader
Loss = Callable[[Tree, Tree], Any]  # (outputs, targets) to an array ()

_OF_MANY_STEPS = (
    "LBFGS",
)  # optimizers each of whose calls searches, so that its length says nothing of the rate


def diagnose(
    model: nn.Module,
    loss_fn: Loss,
    data: Tree,
    *,
    valid: Tree = None,
    optimizer: Optimizer | None = None,
    learning_rate: float = 1e-3,
    batch_size: int = 64,
    epochs: int | None = None,
    chance: float | None = None,
    seed: int = 0,
) -> list[Finding]:
    """What is wrong with a training in PyTorch; see `honed.diagnose`."""
    if not callable(loss_fn) or isinstance(loss_fn, type):
        called = f"the class {loss_fn.__name__}" if isinstance(loss_fn, type) else repr(loss_fn)
        raise InputError(
            f"loss_fn is {called}, but it must be a function of (outputs, targets), such as nn.MSELoss()."
        )
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise InputError(
            f"optimizer is {optimizer!r}, but it must be one of torch.optim, such as "
            "torch.optim.SGD(model.parameters())."
        )
    check_positive("learning_rate", learning_rate, is_whole=False)
    check_positive("batch_size", batch_size)
    check_positive("epochs", epochs, is_optional=True)
    if not any(True for _ in model.parameters()):
        raise InputError(
            "The model has no parameters, so there is nothing to train. Modules in a plain list are not seen: use "
            "nn.ModuleList."
        )
    with untouched(seed, data, valid):
        facts = observe(
            model,
            loss_fn,
            data,
            valid=valid,
            optimizer=optimizer,
            learning_rate=float(learning_rate),
            batch_size=int(batch_size),
            epochs=epochs,
            chance=chance,
            seed=seed,
        )
        found = findings(facts)
    return [one for one in found if one.id != "stopped-early" or epochs is not None]


def findings(facts: Facts) -> list[Finding]:
    """What the rules for all trainings and the checks for PyTorch see, errors first, in PyTorch's words."""
    if facts.optimizer in _OF_MANY_STEPS:
        probes = {name: values for name, values in facts.case.probes.items() if name != "update"}
        facts = replace(facts, case=replace(facts.case, probes=probes))
    own = checks.findings(facts)
    explained = {other for one in own for other in checks.EXPLAINS.get(one.id, ())}
    general = [one for one in training.findings(facts.case) if one.id not in explained]
    causes = [one for one in own if one.id not in checks.SYMPTOMS]
    symptoms = [one for one in own if one.id in checks.SYMPTOMS]
    return worst_first([*causes, *(replace(one, action=words.action(one)) for one in general), *symptoms])
