"""A training that went wrong, looked at again with its own compiled program: `trouble` and `memorised`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from honed.family import Array
from honed.train import program
from honed.train.knobs import Knobs
from honed.train.packing import Packed
from honed.train.program import Call, Curves, Progress
from honed.train.programs import Programs
from honed.train.schedules import Factors
from honed.train.setup import NEVER
from honed.train.step import Data, Step

if TYPE_CHECKING:
    from jaxtyping import Int, Real

LEAST_STEPS = 200  # before which a training that learned nothing has not had its chance
FEW = 20  # rows that any network should learn by heart (Karpathy, cs231n)
_STEPS, _BATCH = 300, 32
_RATES = (1.0, 10.0, 0.1, 100.0, 0.01, 1e-3)  # factors on the rate: a bad rate alone is no bad network
_BY_HEART = 0.1  # of the chance loss, at which no other rate is tried

Run = Callable[[Progress, Call], tuple[Progress, Curves]]


def trouble(run: Run, state: Progress, call: Call, epochs: int, step: Step) -> dict[str, int | str]:
    """Where a diverged training first held a number that is not finite.

    The epoch in which it diverged is run again with fewer and fewer rows, which are its first steps.

    Parameters
    ----------
    run, state, call : the compiled program and what it was last called with.
    epochs : epochs of that call, the last of which diverged.

    Returns
    -------
    ``{"epoch", "step", "layer", "part"}``, all from 1 on, the output layer last. `part` is "value" (of hidden units or
    outputs, where `layer` is the first), "loss", "gradient" (`layer` is the first on the way back), "weight", or
    "validation" where all is well in training.
    """
    structure, knobs, last = step.structure, call.knobs, epochs - 1
    before = run(state, call._replace(count=np.int32(last)))[0] if last else state
    one = call._replace(
        orders=np.roll(call.orders, -last, axis=0),
        factors=Factors(*(np.roll(part, -last, axis=0) for part in call.factors)),
        seed=np.uint32((int(call.seed) + last * program.NEXT_EPOCH) % 2**32),
        count=np.int32(1),
    )
    size = structure.batch * int(knobs.accumulation)
    rows = int(knobs.train_rows)
    steps = -(-rows // size)

    def after(number: int) -> tuple[Packed, bool]:
        """Parameters after that many steps, and whether all is finite."""
        if not number:
            return _on_host(before.params), True
        fewer = knobs._replace(train_rows=np.int32(min(rows, number * size)), valid_rows=np.int32(0))
        found, curves = run(before, one._replace(knobs=fewer))
        params = _on_host(found.params)
        is_finite = all(np.isfinite(vector).all() for vector in params.values())
        return params, is_finite and bool(np.isfinite(np.asarray(curves.train)[0]))

    where = {"epoch": int(before.epoch) + 1}
    if after(steps)[1]:
        return {**where, "step": steps, "layer": len(structure.layers), "part": "validation"}
    good, bad = 0, steps
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if after(middle)[1] else (good, middle)
    index = one.orders[0][good * size : min(rows, bad * size)]
    layer, part = _first(after(good)[0], after(bad)[0], call.data, index, knobs, step)
    return {**where, "step": bad, "layer": layer, "part": part}


def _on_host(packed: Packed) -> Packed:
    return {role: np.asarray(vector) for role, vector in packed.items()}


def _first(
    packed: Packed, moved: Packed, data: Data, index: Int[np.ndarray, " rows"], knobs: Knobs, step: Step
) -> tuple[int, str]:
    """The layer and the part of the first number that is not finite in the step after `packed`."""
    s, unpack = step.structure, step.packing.unpack
    layers, seen = s.layers, []

    def keep(layer: int, values: Array) -> Array:
        if 0 <= layer < len(layers) - 1:  # other places are no layers
            seen.append(bool(np.isfinite(values).all()))
        return values

    rows = jax.tree.map(lambda part: np.asarray(part)[index], data.rows)
    with np.errstate(all="ignore"):
        outputs = s.networks.apply(unpack(packed), s.network, s.inputs, rows, np, keep)
    seen.append(bool(np.isfinite(outputs).all()))
    if not all(seen):
        return seen.index(False) + 1, "value"
    mask = np.ones(len(index), data.weights.dtype)
    with jax.debug_nans(False):
        slope = step.slope(packed, data, index, mask, knobs, mask[0] * 0, jnp.uint32(0))
    if not np.isfinite(slope.loss):
        return len(layers), "loss"
    slopes = unpack({**packed, **slope.gradient})
    for part, arrays, order in (
        ("gradient", slopes, reversed(range(len(layers)))),
        ("weight", unpack(moved), range(len(layers))),
    ):
        for layer in order:
            if not np.isfinite(arrays[layers[layer].weight]).all():
                return layer + 1, part
    return len(layers), "loss"


def memorised(
    programs: Programs,
    call: Call,
    start: Packed,
    step: Step,
    order: Int[np.ndarray, " few"],
    chance: float,
) -> float:
    """The loss that the network reaches on a few rows alone, without any penalty, over that of a constant answer.

    0 where it learns them by heart; infinity where no rate gave a finite loss.

    Parameters
    ----------
    call : what the compiled program was last called with; this one has small batches and is compiled anew.
    start : packed starting parameters.
    order : the rows. chance : loss of the best constant answer on them, above 0.
    """
    structure, knobs, real = step.structure, call.knobs, call.data.weights.dtype
    small = replace(
        structure, batch=min(structure.batch, _BATCH), probes="off", accumulates=False, augments=False
    )
    orders = np.zeros((small.epochs, small.batches * small.batch), np.int32)
    orders[:, : len(order)] = order
    few = call._replace(
        data=call.data._replace(probe=call.data.probe[:0]),
        orders=orders,
        factors=Factors(*(np.ones((small.epochs, small.batches), real) for _ in range(3))),
    )
    epochs = -(-_STEPS // -(-len(order) // small.batch))
    best = float("inf")
    for factor in _RATES:
        rate = real.type(min(knobs.learning_rate * factor, 10.0))
        few = few._replace(knobs=_plain(knobs, len(order))._replace(learning_rate=rate))
        state = program.start(small, start, programs)
        loss, done = float("inf"), 0
        while done < epochs and not bool(state.stopped):
            count = min(small.epochs, epochs - done)
            few = few._replace(count=np.int32(count))
            state, curves = program.compiled(programs, small, step.packing, state, few).call(state, few)
            done += count
            losses = np.asarray(curves.train)[:count]
            loss = float(np.nanmin(losses)) if np.isfinite(losses).any() else loss
        best = min(best, loss / chance)
        if best < _BY_HEART:
            break
    return best


def _plain(knobs: Knobs, rows: int) -> Knobs:
    """Without penalties, dropout and a plateau, for that many rows that train and none that validate."""
    zero = np.zeros_like(knobs.l1)
    return knobs._replace(
        l1=zero,
        l2=zero,
        noise=zero,
        weight_decay=zero,
        label_smoothing=zero,
        dropout=np.zeros_like(knobs.dropout),
        plateau_patience=np.int32(NEVER),
        train_rows=np.int32(rows),
        valid_rows=np.int32(0),
    )


def few(rows: Int[np.ndarray, " rows"], targets: Real[np.ndarray, " all"]) -> Int[np.ndarray, " few"]:
    """The first of shuffled rows; where their targets are all the same, half of them are ones with another target."""
    own = rows[:FEW]
    others = rows[targets[rows] != targets[own[0]]]
    if len(others) and (targets[own] == targets[own[0]]).all():
        own = np.concatenate([own[: FEW // 2], others[: FEW // 2]])
    return own
