"""Copies of a model and its optimizer to try things on, and a place where nothing else is touched: `untouched`."""

from __future__ import annotations

import contextlib
import copy
import random
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer

from honed.errors import InputError

_HOOKS = (
    *("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"),
    *("_forward_hooks_with_kwargs", "_forward_pre_hooks_with_kwargs", "_forward_hooks_always_called"),
)
_OPTIMIZER_HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")

Memo = dict[int, Any]  # copies by the id of what they are of, as `copy.deepcopy` keeps them


@contextlib.contextmanager
def untouched(seed: int, *holders: object) -> Iterator[None]:
    """Inside, random numbers are those of `seed`; afterwards every random state is what it was before.

    States are those of Python, NumPy and PyTorch (each device in use), and of the generators that loaders hold.
    """
    python, numpy_state, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    own = [(generator, generator.get_state()) for generator in _generators(holders)]
    try:
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        with torch.enable_grad(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Using a (target|input) size")  # a check says it
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy_state)
        torch.set_rng_state(cpu)
        if torch.cuda.is_initialized():
            torch.cuda.set_rng_state_all(cuda) if cuda else None
        if mps is not None:
            torch.mps.set_rng_state(mps)
        for generator, state in own:
            generator.set_state(state)


def copied(model: nn.Module) -> tuple[nn.Module, Memo]:
    """A deep copy of the uncompiled model without gradients and hooks, and the copies by the id of their originals.

    Hooks that make weights stay: those of `nn.utils.weight_norm` and the like, and of lazy modules.
    """
    model = getattr(model, "_orig_mod", model)
    memo: Memo = {}
    try:
        twin = copy.deepcopy(model, memo)
    except Exception as error:
        raise InputError(
            f"The model cannot be copied: {error}. Train and diagnose it from a state that copy.deepcopy takes, "
            "such as "
            "before its first pass."
        ) from None
    for old, new in zip(model.parameters(), twin.parameters(), strict=False):
        memo.setdefault(id(old), new)  # a model with its own way to copy itself
        new.grad = None
    for module in twin.modules():
        for name in _HOOKS:
            hooks = getattr(module, name, None) or {}
            for key in [key for key, hook in hooks.items() if not _makes_weights(hook)]:
                del hooks[key]
    return twin, memo


def optimizer_of(copied: Memo, optimizer: Optimizer) -> Optimizer:
    """The optimizer of a copy, with its groups and its state; parameters of others are copied along."""
    twin = copy.deepcopy(optimizer, copied)
    for name, value in vars(optimizer).items():
        if name not in vars(twin) and name not in _OPTIMIZER_HOOKS and not callable(value):
            setattr(twin, name, copy.deepcopy(value, copied))  # such as what LBFGS keeps beside its state
    for name in _OPTIMIZER_HOOKS:
        getattr(twin, name, {}).clear()
    return twin


def _makes_weights(hook: object) -> bool:
    places = (type(hook).__module__, getattr(hook, "__module__", None) or "")
    return not callable(hook) or any(
        place.startswith(("torch.nn.utils", "torch.nn.modules.lazy")) for place in places
    )


def _generators(holders: tuple[object, ...]) -> list[torch.Generator]:
    """Those of loaders, of their samplers and of their data."""
    found: dict[int, torch.Generator] = {}
    for holder in holders:
        batches = getattr(holder, "batch_sampler", None)
        for part in (holder, getattr(holder, "sampler", None), batches, getattr(batches, "sampler", None)):
            generator = getattr(part, "generator", None)
            if isinstance(generator, torch.Generator):
                found[id(generator)] = generator
    return list(found.values())
