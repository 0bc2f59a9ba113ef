"""A training comes in (`honed.diagnosis.case.Case`), findings go out. Each rule is one file of this folder.

A finding is an error only where the training failed: what merely could be better is a warning or a note.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from honed.diagnosis.case import Case
from honed.diagnosis.training import (
    alike_units,
    augmentation,
    batch,
    dead_units,
    exploding_gradient,
    frozen_layer,
    memory,
    no_signal,
    not_finite,
    overfitting,
    plateau,
    rate_too_high,
    rate_too_low,
    saturation,
    start_scale,
    stopping,
    through_time,
    underfitting,
    untrained_loss,
    vanishing_gradient,
)
from honed.findings import Finding, worst_first
from honed.optional import optional
from honed.settings import Value

# Causes before what follows from them.
RULES: tuple[Callable[[Case], list[Finding]], ...] = tuple(
    part.rule
    for part in (
        not_finite,
        batch,
        rate_too_high,
        start_scale,
        through_time,
        vanishing_gradient,
        exploding_gradient,
        dead_units,
        saturation,
        alike_units,
        frozen_layer,
        rate_too_low,
        memory,
        augmentation,
        no_signal,
        untrained_loss,
        underfitting,
        overfitting,
        stopping,
        plateau,
    )
)


_CAUSES = {
    "start-scale",
    "vanishing-through-time",
    "exploding-through-time",
    "vanishing-gradient",
    "exploding-gradient",
    "alike-units",
    "frozen-layer",
    "augmentation-too-strong",
    "stopped-early",
}
_ANYWHERE = ("learning_rate", "batch_size", "epochs")  # what training code of one's own has too
# What a network for sequences alone has too.
_OVER_TIME = ("cell", "memory", "recurrent_start", "blocks", "stride", "kernel_size", "gradient_clip")
# What networks for pictures and sequences have too.
_PENALTIES = ("l1", "l2", "weight_decay", "dropout", "conv_dropout")
_SETTINGS = re.compile(r" \([^)]*=[^)]*\)")  # names of honed's settings in an action, such as (init='auto')
_HIDDEN = ("activation", "dropout", "normalization", "residual", "width")


def findings(case: Case) -> list[Finding]:
    """What the rules see in a training, errors first, with such advice as changes something there.

    Of several findings that would set the same knob the first one does. A rule that fails is left out with a warning.
    That the inputs say nothing is said only where no other finding explains it.
    """
    seen = [
        optional(f"The rule {rule.__module__.rpartition('.')[2]!r}", partial(rule, case), [])
        for rule in RULES
    ]
    every = list(itertools.chain(*seen))
    if any(_explains(one) for one in every):
        every = [one for one in every if one.id != "no-signal"]
    found, taken = [], set()
    for one in worst_first(every):
        own = {n: v for n, v in one.advice.items() if n not in taken and _changes(case, n, v)}
        taken |= set(own)
        action = one.action if case.network is not None else _SETTINGS.sub("", one.action)
        found.append(replace(one, advice=own, action=action))
    return found


def _explains(one: Finding) -> bool:
    """Whether nothing more needs to be said of inputs that tell nothing.

    What vanishes through time may be as little the cause as they are, where training rows were learned by heart.
    """
    is_cause = one.id in _CAUSES and (one.id != "vanishing-through-time" or one.severity == "error")
    return is_cause or bool(one.evidence.get("penalties"))


def _changes(case: Case, name: str, value: Value) -> bool:
    """Whether the training has such a setting, and another value of it."""
    if case.network is None:
        known = name in _PENALTIES or (name in _OVER_TIME and case.cell is not None)
        part = case.own if hasattr(case.own, name) else case.training
        return name in _ANYWHERE or (known and getattr(part, name, value) != value)
    if name in _HIDDEN and not case.network.layers:
        return False
    value = tuple(value) if isinstance(value, list) else value
    part = case.network if hasattr(case.network, name) else case.training
    return getattr(part, name) != value
