"""The compiled program: epochs of training, validation, early stopping and the best copy, in one call.

Everything that is not a shape is a traced value: rows used, number of epochs, learning rate, penalties,
dropout. So one program serves every fold, every sample of the rows and every value of a knob.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.train.losses import LOSSES
from honed.train.optimizer import penalized, update_rule
from honed.train.packing import Packing

Array = Any  # of JAX inside the program, of NumPy before and after

_VALID_BLOCK = 256  # rows evaluated at once: little is lost on a last, partly filled block
# One network on one core: several cores are used by several processes. Level 1 compiles a fifth faster
# and runs as fast.
_COMPILER_OPTIONS = {"xla_cpu_multi_thread_eigen": False, "xla_backend_optimization_level": 1}


@dataclass(frozen=True)
class Structure:
    """All that decides which program is compiled; equal structures share one."""

    network: NetworkSpec  # with every traced number at its default
    inputs: Inputs
    outputs: int
    loss: str
    optimizer: str
    has_momentum: bool
    nesterov: bool
    has_clip: bool
    has_penalties: bool
    has_dropout: bool
    has_input_dropout: bool
    batch: int
    rows: int  # rows of the arrays, padding included
    epochs: int  # most epochs in one call

    @property
    def steps(self) -> int:
        """Most steps in one epoch."""
        return math.ceil(self.rows / self.batch)

    @property
    def valid_rows(self) -> int:
        """Length of the padded list of validation rows."""
        return math.ceil(self.rows / self.block) * self.block

    @property
    def block(self) -> int:
        """Validation rows evaluated at once."""
        return min(_VALID_BLOCK, self.rows)


class Data(NamedTuple):
    """Arrays on the device, one entry a row of the table (rows,)."""

    rows: Encoded
    targets: Array
    weights: Array
    valid: Array  # int32 (valid_rows,): which rows validate


class Progress(NamedTuple):
    """What the program carries from call to call; parameters are packed by role (`Packing`)."""

    params: dict[str, Array]
    memory: Any  # the optimizer's
    best: dict[str, Array]
    best_loss: Array
    best_epoch: Array
    since_best: Array
    plateau: Array  # factor on the rate
    since_drop: Array
    epoch: Array
    stopped: Array
    diverged: Array


class Curves(NamedTuple):
    """By epoch of one call, float32 (epochs,)."""

    train: jax.Array
    valid: jax.Array
    rate: jax.Array


@dataclass(frozen=True)
class Program:
    """A compiled program and what it cost to make."""

    call: Any
    seconds: float


def compile_program(structure: Structure, packing: Packing, args: tuple[Any, ...]) -> Program:
    """Compile `epochs` for arguments of the shapes of `args`; a second call costs nothing."""
    cached = _PROGRAMS.get(structure)
    if cached is not None:
        return Program(cached.call, 0.0)
    start = time.perf_counter()
    run = jax.jit(_epochs(structure, packing), donate_argnums=(0,))
    call = run.lower(*args).compile(compiler_options=_COMPILER_OPTIONS)
    program = Program(call, time.perf_counter() - start)
    if len(_PROGRAMS) >= _MOST_PROGRAMS:
        _PROGRAMS.pop(next(iter(_PROGRAMS)))
    _PROGRAMS[structure] = program
    return program


_PROGRAMS: dict[Structure, Program] = {}
_MEMORIES: dict[Structure, Any] = {}  # shapes of the optimizer's arrays
_MOST_PROGRAMS = 128


def start(structure: Structure, params: dict[str, np.ndarray]) -> Progress:
    """The state before the first epoch, from packed parameters."""
    if structure not in _MEMORIES:  # tracing takes as long as ten epochs of a small network
        _MEMORIES[structure] = _memory_shape(structure, params)
    return Progress(
        params=params,
        memory=jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), _MEMORIES[structure]),
        best={name: value.copy() for name, value in params.items()},
        best_loss=np.float32(np.inf),
        best_epoch=np.int32(0),
        since_best=np.int32(0),
        plateau=np.float32(1),
        since_drop=np.int32(0),
        epoch=np.int32(0),
        stopped=np.bool_(False),
        diverged=np.bool_(False),
    )


def _memory_shape(structure: Structure, params: dict[str, np.ndarray]) -> Any:
    rule = _rule(
        structure, dict.fromkeys(("gradient_clip", "momentum", "rho", "beta1", "beta2", "epsilon"), 0.5)
    )
    return jax.eval_shape(rule.init, params)


def _rule(structure: Structure, knobs: dict[str, Any]) -> Any:
    s = structure
    return update_rule(s.optimizer, s.has_momentum, s.nesterov, s.has_clip, knobs)


def _epochs(structure: Structure, packing: Packing) -> Any:
    """The function that is compiled; read from the bottom: epochs, one epoch, one step."""
    s = structure
    loss_by_row = LOSSES[s.loss]

    def outputs(params: Any, data: Data, index: Any, dropout: Any = None) -> Any:
        rows = Encoded(*(part[index] for part in data.rows))
        weights = {name: Weight(value) for name, value in params.items() if mlp.is_penalized(name)}
        return mlp.apply(params | weights, s.network, s.inputs, rows, jnp, dropout)

    def batch_loss(
        params: Any, data: Data, index: Any, mask: Any, knobs: Any, strength: Any, noise: Any
    ) -> Any:
        dropout = None
        if s.has_dropout or s.has_input_dropout:
            dropout = _dropout(s, knobs, strength, noise)
        by_row = loss_by_row(
            outputs(params, data, index, dropout), data.targets[index], knobs["label_smoothing"]
        )
        return (by_row * data.weights[index] * mask).sum() / mask.sum()

    def step(
        i: Any, carry: Any, *, data: Data, knobs: Any, order: Any, rates: Any, strengths: Any, noise: Any
    ) -> Any:
        packed, memory, total, plateau = carry
        params = packing.unpack(packed)
        index = jax.lax.dynamic_slice(order, (i * s.batch,), (s.batch,))
        mask = (i * s.batch + jnp.arange(s.batch) < knobs["train_rows"]).astype(jnp.float32)
        strength = strengths[i]
        seed = noise + i.astype(jnp.uint32)
        loss, slopes = jax.value_and_grad(batch_loss)(params, data, index, mask, knobs, strength, seed)
        gradient = packing.pack(slopes, jnp)
        if s.has_penalties:
            gradient["weight"] = penalized(gradient["weight"], packed["weight"], knobs["l1"], knobs["l2"])
        direction, memory = _rule(s, knobs).update(gradient, memory, packed)
        rate = knobs["learning_rate"] * rates[i] * plateau
        moved = {}
        for role, vector in packed.items():
            own = rate * (1.0 if role == "weight" else knobs[f"{role}_rate"])
            if s.has_penalties and role == "weight":
                vector = vector * (1 - own * knobs["weight_decay"] * strength)
            moved[role] = vector - own * direction[role]
        return moved, memory, total + loss * mask.sum(), plateau

    def validate(params: Any, data: Data, knobs: Any) -> Any:
        """Weighted mean loss over the validation rows, NaN when there are none."""

        def block(i: Any, total: Any) -> Any:
            index = jax.lax.dynamic_slice(data.valid, (i * s.block,), (s.block,))
            mask = (i * s.block + jnp.arange(s.block) < knobs["valid_rows"]).astype(jnp.float32)
            weight = data.weights[index] * mask
            by_row = loss_by_row(outputs(params, data, index), data.targets[index], jnp.float32(0))
            return total[0] + (jnp.where(mask > 0, by_row, 0) * weight).sum(), total[1] + weight.sum()

        blocks = (knobs["valid_rows"] + s.block - 1) // s.block
        total, weight = jax.lax.fori_loop(0, blocks, block, (jnp.float32(0), jnp.float32(0)))
        return total / weight

    def epoch(state: Progress, call: Any, i: Any) -> tuple[Progress, Any]:
        data, knobs, orders, rates, strengths, noise = call
        steps = (knobs["train_rows"] + s.batch - 1) // s.batch
        here = {
            "data": data,
            "knobs": knobs,
            "order": orders[i],
            "rates": rates[i],
            "strengths": strengths[i],
            "noise": noise + (i * 65_599).astype(jnp.uint32) * jnp.uint32(40_503),
        }
        params, memory, total, _ = jax.lax.fori_loop(
            0,
            steps,
            lambda j, carry: step(j, carry, **here),
            (state.params, state.memory, jnp.float32(0), state.plateau),
        )
        train = total / knobs["train_rows"]
        valid = validate(packing.unpack(params), data, knobs)
        has_valid = knobs["valid_rows"] > 0
        diverged = ~jnp.isfinite(train) | (has_valid & ~jnp.isfinite(valid))
        number = state.epoch + 1
        better = ~diverged & (~has_valid | (valid < state.best_loss - knobs["min_delta"]))
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), params, state.best)
        since_best = jnp.where(better, 0, state.since_best + 1)
        since_drop = jnp.where(better, 0, state.since_drop + 1)
        drop = since_drop >= knobs["plateau_patience"]
        following = Progress(
            params=params,
            memory=memory,
            best=best,
            best_loss=jnp.where(better & has_valid, valid, state.best_loss),
            best_epoch=jnp.where(better, number, state.best_epoch),
            since_best=since_best,
            plateau=jnp.where(drop, state.plateau * knobs["plateau_factor"], state.plateau),
            since_drop=jnp.where(drop, 0, since_drop),
            epoch=number,
            stopped=diverged | (since_best >= knobs["patience"]),
            diverged=diverged,
        )
        last = knobs["learning_rate"] * rates[i][steps - 1] * state.plateau
        return following, (train, valid, last)

    def epochs(
        state: Progress,
        data: Data,
        knobs: Any,
        orders: Any,
        rates: Any,
        strengths: Any,
        noise: Any,
        count: Any,
    ) -> tuple[Progress, Curves]:
        call = (data, knobs, orders, rates, strengths, noise)

        def go(carry: Any) -> Any:
            i, state, curves = carry
            state, facts = epoch(state, call, i)
            return i + 1, state, Curves(*(c.at[i].set(f) for c, f in zip(curves, facts, strict=True)))

        blank = jnp.full(s.epochs, jnp.nan, jnp.float32)
        first = (jnp.int32(0), state, Curves(blank, blank, blank))
        _, state, curves = jax.lax.while_loop(lambda c: (c[0] < count) & ~c[1].stopped, go, first)
        return state, curves

    return epochs


class Weight:
    """Weights whose own gradient is computed from a transposed copy of the rows.

    XLA multiplies a matrix that is transposed on the fly 0.8 times as fast as it copies and multiplies it.
    """

    def __init__(self, value: Any) -> None:
        self._value = value

    def __rmatmul__(self, rows: Any) -> Any:
        return _product(rows, self._value)


@jax.custom_vjp
def _product(rows: Any, weight: Any) -> Any:
    return rows @ weight


def _product_forward(rows: Any, weight: Any) -> tuple[Any, tuple[Any, Any]]:
    return rows @ weight, (rows, weight)


def _product_backward(seen: tuple[Any, Any], slope: Any) -> tuple[Any, Any]:
    rows, weight = seen
    return slope @ weight.T, jax.lax.optimization_barrier(rows.T) @ slope


_product.defvjp(_product_forward, _product_backward)


def _dropout(s: Structure, knobs: Any, strength: Any, noise: Any) -> Any:
    """Inverted dropout from a counter hash: threefry bits would cost more than the layer they silence."""

    def drop(layer: int, values: jax.Array) -> jax.Array:
        present = s.has_input_dropout if layer < 0 else s.has_dropout
        if not present:
            return values
        rate = knobs["input_dropout" if layer < 0 else "dropout"] * strength
        uniform = _uniform(noise, layer, values.shape)
        return jnp.where(uniform >= rate, values * (1 / (1 - rate)), 0)

    return drop


def _uniform(seed: jax.Array, layer: int, shape: tuple[int, ...]) -> jax.Array:
    """Uniform numbers in [0, 1) by hashing (seed, layer, position): lowbias32 of C. Wellons' hash-prospector."""
    salt = (0x9E3779B9 * (layer + 2)) & 0xFFFFFFFF
    x = jax.lax.iota(jnp.uint32, math.prod(shape)) + _mix(seed ^ jnp.uint32(salt))
    return (_mix(x) >> 8).astype(jnp.float32).reshape(shape) * (1 / 2**24)


def _mix(x: jax.Array) -> jax.Array:
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)


def put(arrays: list[np.ndarray]) -> list[Any]:
    """The arrays on the processor's own device."""
    return jax.device_put(arrays, jax.devices("cpu")[0])
