"""A training that went wrong, looked at again with its own compiled program: `trouble` and `memorised`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from honed.encode.encoder import Encoded
from honed.nets import mlp
from honed.train import program
from honed.train.packing import Packing
from honed.train.step import Data, Step, Structure

LEAST_STEPS = 200  # before which a training that learned nothing has not had its chance
FEW = 20  # rows that any network should learn by heart (Karpathy, cs231n)
_STEPS, _BATCH = 300, 32
_RATES = (1.0, 10.0, 0.1, 100.0, 0.01, 1e-3)  # factors on the rate: a bad rate alone is no bad network
_BY_HEART = 0.1  # of the chance loss, at which no other rate is tried
_NEVER = 2**30
_OFF = ("l1", "l2", "noise", "weight_decay", "label_smoothing", "input_dropout")

Call = Callable[..., tuple[program.Progress, program.Curves]]


def trouble(
    call: Call, args: tuple[Any, ...], epochs: int, structure: Structure, packing: Packing
) -> dict[str, Any]:
    """Where a diverged training first held a number that is not finite.

    The epoch in which it diverged is run again with fewer and fewer rows, which are its first steps.

    Parameters
    ----------
    call, args : the compiled program and what it was last called with.
    epochs : epochs of that call, the last of which diverged.

    Returns
    -------
    ``{"epoch", "step", "layer", "part"}``, all from 1 on, the output layer last. `part` is "value" (of hidden units or
    outputs, where `layer` is the first), "loss", "gradient" (`layer` is the first on the way back), "weight", or
    "validation" where all is well in training.
    """
    state, data, knobs, orders, factors, noise, _ = args
    last = epochs - 1
    before = call(*args[:-1], np.int32(last))[0] if last else state
    one = (
        data,
        knobs,
        np.roll(orders, -last, axis=0),
        jax.tree.map(lambda part: np.roll(part, -last, axis=0), factors),
        np.uint32((int(noise) + last * 65_599 * 40_503) % 2**32),
        np.int32(1),
    )
    size = structure.batch * int(knobs["accumulation"])
    rows = int(knobs["train_rows"])
    steps = -(-rows // size)

    def after(step: int) -> tuple[dict[str, np.ndarray], bool]:
        """Parameters after that many steps, and whether all is finite."""
        if not step:
            return {role: np.asarray(vector) for role, vector in before.params.items()}, True
        fewer = knobs | {"train_rows": np.int32(min(rows, step * size)), "valid_rows": np.int32(0)}
        found, curves = call(before, one[0], fewer, *one[2:])
        params = {role: np.asarray(vector) for role, vector in found.params.items()}
        is_finite = all(np.isfinite(vector).all() for vector in params.values())
        return params, is_finite and bool(np.isfinite(np.asarray(curves.train)[0]))

    where = {"epoch": int(before.epoch) + 1}
    if after(steps)[1]:
        return {**where, "step": steps, "layer": structure.network.layers + 1, "part": "validation"}
    good, bad = 0, steps
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if after(middle)[1] else (good, middle)
    index = one[2][0][good * size : min(rows, bad * size)]
    layer, part = _first(after(good)[0], after(bad)[0], data, index, knobs, structure, packing)
    return {**where, "step": bad, "layer": layer, "part": part}


def _first(
    packed: Any, moved: Any, data: Data, index: np.ndarray, knobs: Any, structure: Structure, packing: Packing
) -> tuple[int, str]:
    """The layer and the part of the first number that is not finite in the step after `packed`."""
    network, layers = structure.network, structure.network.layers
    params, seen = packing.unpack(packed), []

    def keep(layer: int, values: Any) -> Any:
        if layer >= 0:
            seen.append(bool(np.isfinite(values).all()))
        return values

    rows = Encoded(*(np.asarray(part)[index] for part in data.rows))
    with np.errstate(all="ignore"):
        outputs = mlp.apply(params, network, structure.inputs, rows, np, keep)
    seen.append(bool(np.isfinite(outputs).all()))
    if not all(seen):
        return seen.index(False) + 1, "value"
    mask = np.ones(len(index), data.weights.dtype)
    with jax.debug_nans(False):
        slope = Step(structure, packing).slope(packed, data, index, mask, knobs, mask[0] * 0, jnp.uint32(0))
    if not np.isfinite(slope.loss):
        return layers + 1, "loss"
    slopes = packing.unpack({**packed, **slope.gradient})
    for part, arrays, order in (
        ("gradient", slopes, range(layers, -1, -1)),
        ("weight", packing.unpack(moved), range(layers + 1)),
    ):
        for layer in order:
            if not np.isfinite(arrays[f"{layer}.weight"]).all():
                return layer + 1, part
    return layers + 1, "loss"


def memorised(
    args: tuple[Any, ...],
    start: Any,
    structure: Structure,
    packing: Packing,
    order: np.ndarray,
    chance: float,
) -> float:
    """The loss that the network reaches on a few rows alone, without any penalty, over that of a constant answer.

    0 where it learns them by heart; infinity where no rate gave a finite loss.

    Parameters
    ----------
    args : what the compiled program was last called with; this one has small batches and is compiled anew.
    start : packed starting parameters.
    order : the rows (few,). chance : loss of the best constant answer on them, above 0.
    """
    _, data, knobs, _, _, noise, _ = args
    real, few = data.weights.dtype.type, np.int32(len(order))
    small = replace(structure, batch=min(structure.batch, _BATCH), probes="off", accumulates=False)
    orders = np.zeros((small.epochs, small.batches * small.batch), np.int32)
    orders[:, : len(order)] = order
    steady = program.Factors(*(np.ones((small.epochs, small.batches), data.weights.dtype) for _ in range(3)))
    plain = {name: np.zeros_like(knobs[name]) for name in (*_OFF, "dropout")}
    plain |= {"plateau_patience": np.int32(_NEVER), "train_rows": few, "valid_rows": np.int32(0)}
    data = data._replace(probe=data.probe[:0])
    epochs = -(-_STEPS // -(-len(order) // small.batch))
    best = float("inf")
    for factor in _RATES:
        state = program.start(small, start)
        chosen = knobs | plain | {"learning_rate": real(min(knobs["learning_rate"] * factor, 10.0))}
        loss, done = float("inf"), 0
        while done < epochs and not bool(state.stopped):
            count = min(small.epochs, epochs - done)
            call_args = (state, data, chosen, orders, steady, noise, np.int32(count))
            state, curves = program.compile_program(small, packing, call_args).call(*call_args)
            done += count
            losses = np.asarray(curves.train)[:count]
            loss = float(np.nanmin(losses)) if np.isfinite(losses).any() else loss
        best = min(best, loss / chance)
        if best < _BY_HEART:
            break
    return best


def few(rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The first of shuffled rows; where their targets are all the same, half of them are ones with another target."""
    own = rows[:FEW]
    others = rows[targets[rows] != targets[own[0]]]
    if len(others) and (targets[own] == targets[own[0]]).all():
        own = np.concatenate([own[: FEW // 2], others[: FEW // 2]])
    return own
