"""The compiled program: epochs of training, validation, early stopping and the best copy, in one call."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from honed.train import probes
from honed.train.losses import LOSSES, MONITORS
from honed.train.packing import Packing
from honed.train.step import Array, Data, Packed, Slope, Step, Structure, rule

# One network on one core: several cores are used by several processes. Level 1 compiles a fifth faster
# and runs as fast.
_COMPILER_OPTIONS = {
    "xla_cpu_multi_thread_eigen": False,
    "xla_backend_optimization_level": 1,
    "xla_cpu_enable_fast_math": False,  # XLA's default, which a user's XLA_FLAGS may have changed
}
_MOST_PROGRAMS = 128


class Factors(NamedTuple):
    """What the schedules multiply, by epoch and step (epochs, steps)."""

    rate: Array
    dropout: Array
    decay: Array


class Progress(NamedTuple):
    """What the program carries from call to call; parameters are packed by role (`Packing`)."""

    params: Packed
    memory: Any  # the optimizer's
    average: Packed  # exponential average of the parameters, not yet corrected; empty without
    unseen: Array  # weight of the zeros that the average began with
    best: Packed
    best_watched: Array
    best_epoch: Array
    since_best: Array
    plateau: Array  # factor on the rate
    plateau_best: Array
    since_drop: Array
    cooling: Array  # epochs in which no plateau is counted yet
    watched: Array  # of the last epoch
    change: Array  # from the epoch before to the last
    swings: Array  # how many changes in a row turned round
    epoch: Array
    stopped: Array
    diverged: Array


class Curves(NamedTuple):
    """By epoch of one call, float (epochs,)."""

    train: jax.Array
    valid: jax.Array
    watched: jax.Array
    rate: jax.Array
    clipped: jax.Array  # share of the steps whose gradient was longer than allowed
    probes: probes.Probes | tuple[()]  # each (epochs, ...); NaN for an epoch that was not probed


@dataclass(frozen=True)
class Program:
    """A compiled program, what it cost to make, and the bytes that a call takes beside its arguments."""

    call: Any
    seconds: float
    bytes: int


@contextlib.contextmanager
def own_rules(real: np.dtype) -> Iterator[None]:
    """JAX as honed was tested with it, in this thread and for this while, whatever the user has set for other work.

    Under other rules of promotion nothing compiles, and a check for NaN ends trainings that diverge.

    Parameters
    ----------
    real : precision of the training, float32 or float64.
    """
    with contextlib.ExitStack() as stack:
        for rule in (
            jax.enable_x64(real == np.float64),
            jax.numpy_dtype_promotion("standard"),
            jax.numpy_rank_promotion("allow"),
            jax.default_matmul_precision(None),
            jax.debug_nans(False),
            jax.debug_infs(False),
            jax.disable_jit(False),
            jax.transfer_guard("allow"),
        ):
            stack.enter_context(rule)
        yield


def compile_program(structure: Structure, packing: Packing, args: tuple[Any, ...]) -> Program:
    """Compile `epochs` for arguments of the shapes of `args`; a second call costs nothing."""
    key = ("epochs", structure, str(args[0].best_watched.dtype))
    return compile_once(key, lambda: _epochs(Step(structure, packing)), args)


def compile_once(key: tuple[Any, ...], make: Callable[[], Any], args: tuple[Any, ...]) -> Program:
    """The function that `make` gives, compiled for arguments of those shapes and kept under `key`."""
    cached = _PROGRAMS.get(key)
    if cached is not None:
        return Program(cached.call, 0.0, cached.bytes)
    start = time.perf_counter()
    call = jax.jit(make()).lower(*args).compile(compiler_options=_COMPILER_OPTIONS)
    program = Program(call, time.perf_counter() - start, _bytes_of(call))
    if len(_PROGRAMS) >= _MOST_PROGRAMS:
        _PROGRAMS.pop(next(iter(_PROGRAMS)))
    _PROGRAMS[key] = program
    return program


def _bytes_of(call: Any) -> int:
    """Memory that a compiled program says it needs beside its arguments."""
    found = call.memory_analysis()
    return 0 if found is None else int(found.temp_size_in_bytes + found.output_size_in_bytes)


_PROGRAMS: dict[tuple[Any, ...], Program] = {}
_MEMORIES: dict[tuple[Structure, str], Any] = {}  # shapes of the optimizer's arrays


def start(structure: Structure, params: Packed) -> Progress:
    """The state before the first epoch, from packed parameters."""
    real = next(iter(params.values())).dtype.type
    return Progress(
        params=params,
        memory=memory(structure, params),
        average={role: np.zeros_like(value) for role, value in params.items()} if structure.averages else {},
        unseen=real(1),
        best={role: value.copy() for role, value in params.items()},
        best_watched=real(np.inf),
        best_epoch=np.int32(0),
        since_best=np.int32(0),
        plateau=real(1),
        plateau_best=real(np.inf),
        since_drop=np.int32(0),
        cooling=np.int32(0),
        watched=real(np.nan),
        change=real(0),
        swings=np.int32(0),
        epoch=np.int32(0),
        stopped=np.bool_(False),
        diverged=np.bool_(False),
    )


def memory(structure: Structure, params: Packed) -> Any:
    """The optimizer's memory before the first step."""
    key = (structure, str(next(iter(params.values())).dtype))
    if key not in _MEMORIES:  # tracing takes as long as ten epochs of a small network
        names = ("gradient_clip", "momentum", "rho", "beta1", "beta2", "epsilon")
        learned = {role: value for role, value in params.items() if role != "statistic"}
        _MEMORIES[key] = jax.eval_shape(rule(structure, dict.fromkeys(names, 0.5)).init, learned)
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), _MEMORIES[key])


def _epochs(step: Step) -> Any:
    """The function that is compiled; read from the bottom: epochs, one epoch, one step."""
    s, packing = step.structure, step.packing
    loss_by_row = LOSSES[s.loss]

    def part(number: Any, packed: Any, call: Any, order: Any, strength: Any, noise: Any) -> tuple[Slope, Any]:
        """The slope of one batch, and its number of rows."""
        data, knobs = call
        index = jax.lax.dynamic_slice(order, (number * s.batch,), (s.batch,))
        mask = (number * s.batch + jnp.arange(s.batch) < knobs["train_rows"]).astype(data.weights.dtype)
        seed = noise + number.astype(jnp.uint32)
        return step.slope(packed, data, index, mask, knobs, strength, seed), mask.sum()

    def joined(i: Any, packed: Any, call: Any, order: Any, strength: Any, noise: Any) -> tuple[Slope, Any]:
        """The slope of all batches of one step."""
        if not s.accumulates:
            return part(i, packed, call, order, strength, noise)
        _, knobs = call
        first = i * knobs["accumulation"]
        batches = (knobs["train_rows"] + s.batch - 1) // s.batch

        def add(number: Any, sums: Any) -> Any:
            slope, rows = part(number, packed, call, order, strength, noise)
            return jax.tree.map(lambda a, b: a + rows * b, sums[0], slope), sums[1] + rows

        shapes = jax.eval_shape(lambda: part(first, packed, call, order, strength, noise))
        zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        last = jnp.minimum(first + knobs["accumulation"], batches)
        total, rows = jax.lax.fori_loop(first, last, add, zeros)
        return jax.tree.map(lambda leaf: leaf / rows, total), rows

    def one(i: Any, carry: Any, call: Any, order: Any, factors: Factors, plateau: Any, noise: Any) -> Any:
        packed, memory, average, unseen, total, clipped = carry
        _, knobs = call
        slope, rows = joined(i, packed, call, order, factors.dropout[i], noise)
        rate = knobs["learning_rate"] * factors.rate[i] * plateau
        seed = noise + i.astype(jnp.uint32)
        packed, memory = step.move(packed, memory, slope, knobs, rate, factors.decay[i], seed)
        if s.averages:
            kept = knobs["weight_average"]
            average = jax.tree.map(lambda a, p: kept * a + (1 - kept) * p, average, packed)
            unseen = unseen * kept
        if s.has_clip and s.probes != "off":
            square = sum((vector**2).sum() for vector in slope.gradient.values())
            clipped = clipped + (square > knobs["gradient_clip"] ** 2)
        return packed, memory, average, unseen, total + slope.loss * rows, clipped

    def validate(params: Any, data: Data, knobs: Any) -> Any:
        """Weighted mean loss over the validation rows and what is watched there, NaN when there are none."""
        real = data.weights.dtype
        plain = knobs | {"label_smoothing": real.type(0)}

        def block(i: Any, total: Any) -> Any:
            index = jax.lax.dynamic_slice(data.valid, (i * s.block,), (s.block,))
            mask = (i * s.block + jnp.arange(s.block) < knobs["valid_rows"]).astype(real)
            weight = data.weights[index] * mask
            outputs, targets = step.outputs(params, data, index), data.targets[index]
            losses = loss_by_row(outputs, targets, plain)
            watched = losses if s.monitor == "loss" else MONITORS[s.monitor](outputs, targets, plain)
            sums = [(jnp.where(mask > 0, value, 0) * weight).sum() for value in (losses, watched)]
            return total[0] + sums[0], total[1] + sums[1], total[2] + weight.sum()

        blocks = (knobs["valid_rows"] + s.block - 1) // s.block
        zero = jnp.zeros((), real)
        loss, watched, weight = jax.lax.fori_loop(0, blocks, block, (zero, zero, zero))
        return loss / weight, watched / weight

    def epoch(state: Progress, call: Any, i: Any) -> tuple[Progress, Any]:
        data, knobs, orders, factors, noise = call
        batches = (knobs["train_rows"] + s.batch - 1) // s.batch
        steps = (batches + knobs["accumulation"] - 1) // knobs["accumulation"] if s.accumulates else batches
        here = Factors(*(part[i] for part in factors))
        noise = noise + (i * 65_599).astype(jnp.uint32) * jnp.uint32(40_503)
        zero = jnp.zeros((), data.weights.dtype)
        probed = look(state, data, knobs, here)
        params, memory, average, unseen, total, clipped = jax.lax.fori_loop(
            0,
            steps,
            lambda j, carry: one(j, carry, (data, knobs), orders[i], here, state.plateau, noise),
            (state.params, state.memory, state.average, state.unseen, zero, zero),
        )
        used = jax.tree.map(lambda a: a / (1 - unseen), average) if s.averages else params
        train = total / knobs["train_rows"]
        valid, watched = validate(packing.unpack(used), data, knobs)
        has_valid = knobs["valid_rows"] > 0
        diverged = ~jnp.isfinite(train) | (has_valid & ~jnp.isfinite(valid))
        number = state.epoch + 1
        better = ~diverged & (~has_valid | (watched < state.best_watched - knobs["min_delta"]))
        since_best = jnp.where(better, 0, state.since_best + 1)
        best_epoch = jnp.where(better, number, state.best_epoch)
        waited = (since_best >= knobs["patience"]) | (
            (number >= knobs["patience_multiple"] * best_epoch) & (since_best >= knobs["patience_least"])
        )
        following = Progress(
            params=params,
            memory=memory,
            average=average,
            unseen=unseen,
            best=jax.tree.map(lambda new, old: jnp.where(better, new, old), used, state.best),
            best_watched=jnp.where(better & has_valid, watched, state.best_watched),
            best_epoch=best_epoch,
            since_best=since_best,
            **_plateau(state, jnp.where(has_valid, watched, train), knobs),
            epoch=number,
            stopped=diverged | (has_valid & waited),
            diverged=diverged,
        )
        last = knobs["learning_rate"] * here.rate[steps - 1] * state.plateau
        return following, Curves(train, valid, watched, last, clipped / steps, probed)

    def look(state: Progress, data: Data, knobs: Any, here: Factors) -> Any:
        if s.probes == "off":
            return ()
        rate = knobs["learning_rate"] * here.rate[0] * state.plateau
        due = (state.epoch % knobs["probe_every"] == 0) | (state.epoch < probes.FIRST)
        return jax.lax.cond(
            due,
            lambda: probes.measure(step, state.params, state.memory, data, knobs, rate, here.decay[0]),
            lambda: probes.blank(step, data.weights.dtype),
        )

    def epochs(
        state: Progress, data: Data, knobs: Any, orders: Any, factors: Factors, noise: Any, count: Any
    ) -> tuple[Progress, Curves]:
        call = (data, knobs, orders, factors, noise)

        def go(carry: Any) -> Any:
            i, state, curves = carry
            state, facts = epoch(state, call, i)
            return i + 1, state, jax.tree.map(lambda curve, fact: curve.at[i].set(fact), curves, facts)

        def by_epoch(leaf: Any) -> Any:
            return jnp.full((s.epochs, *leaf.shape), jnp.nan, leaf.dtype)

        real = data.weights.dtype
        number = by_epoch(jnp.zeros((), real))
        probed = () if s.probes == "off" else jax.tree.map(by_epoch, probes.blank(step, real))
        first = (jnp.int32(0), state, Curves(number, number, number, number, number, probed))
        _, state, curves = jax.lax.while_loop(lambda c: (c[0] < count) & ~c[1].stopped, go, first)
        return state, curves

    return epochs


def _plateau(state: Progress, watched: Any, knobs: Any) -> dict[str, Any]:
    """Whether the rate falls after an epoch: no progress for long enough, or the loss swings to and fro."""
    progress = watched < state.plateau_best * (1 - knobs["plateau_threshold"])
    cooling = jnp.maximum(state.cooling - 1, 0)
    since = jnp.where(progress | (state.cooling > 0), 0, state.since_drop + 1)
    change = watched - state.watched  # NaN after the first epoch: no swing
    far = jnp.abs(change) > knobs["plateau_swing"] * jnp.abs(state.watched)
    swings = jnp.where((change * state.change < 0) & far & (state.cooling == 0), state.swings + 1, 0)
    drop = (since >= knobs["plateau_patience"]) | (swings >= knobs["plateau_patience"])
    return {
        "plateau": jnp.where(drop, state.plateau * knobs["plateau_factor"], state.plateau),
        "plateau_best": jnp.where(progress, watched, state.plateau_best),
        "since_drop": jnp.where(drop, 0, since),
        "cooling": jnp.where(drop, knobs["plateau_cooldown"], cooling),
        "watched": watched,
        "change": change,
        "swings": jnp.where(drop, 0, swings),
    }


def put(arrays: list[np.ndarray]) -> list[Any]:
    """The arrays on the processor's own device."""
    return jax.device_put(arrays, jax.devices("cpu")[0])
