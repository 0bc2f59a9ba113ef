"""The compiled program: epochs of training, validation, early stopping and the best copy, in one call: `Epochs`.

It is compiled for one training, or for several side by side, each in a lane of its own: `compiled`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from honed.train import probes
from honed.train.knobs import Knobs
from honed.train.losses import MONITORS
from honed.train.optimizer import Memory
from honed.train.packing import Array, Packed, Packing
from honed.train.plateau import Plateau
from honed.train.programs import Program, Programs
from honed.train.schedules import Factors
from honed.train.step import Data, Slope, Step, Structure

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int32, UInt32


NEXT_EPOCH = 65_599 * 40_503 % 2**32  # added to a call's seed from epoch to epoch


class Progress(NamedTuple):
    """What the program carries from call to call; parameters are packed by role (`Packing`)."""

    params: Packed
    memory: Memory
    average: Packed  # exponential average of the parameters, not yet corrected; empty without
    unseen: Float[Array, ""]  # weight of the zeros that the average began with
    best: Packed
    best_watched: Float[Array, ""]
    best_epoch: Int32[Array, ""]
    since_best: Int32[Array, ""]
    plateau: Plateau
    epoch: Int32[Array, ""]
    stopped: Bool[Array, ""]
    diverged: Bool[Array, ""]


class Call(NamedTuple):
    """What one call is given beside the state."""

    data: Data
    knobs: Knobs
    orders: Int32[Array, "epochs places"]  # epochs of a call, batches × batch
    factors: Factors
    seed: UInt32[Array, ""]  # of dropout and noise
    count: Int32[Array, ""]  # epochs to run, at most those of a call


class Curves(NamedTuple):
    """By epoch of one call, or of one epoch."""

    train: Float[Array, "*epochs"]
    valid: Float[Array, "*epochs"]
    watched: Float[Array, "*epochs"]
    rate: Float[Array, "*epochs"]
    clipped: Float[Array, "*epochs"]  # share of the steps whose gradient was longer than allowed
    probes: probes.Probes | tuple[()]  # each (epochs, ...); NaN for an epoch that was not probed


class _Epoch(NamedTuple):
    """What stays the same in all steps of an epoch."""

    data: Data
    knobs: Knobs
    order: Int32[Array, " places"]  # batches × batch
    factors: Factors  # (steps,)
    plateau: Float[Array, ""]
    seed: UInt32[Array, ""]


class _Moving(NamedTuple):
    """What changes with each step of an epoch."""

    params: Packed
    memory: Memory
    average: Packed
    unseen: Float[Array, ""]
    loss: Float[Array, ""]  # sum over the rows so far
    clipped: Float[Array, ""]  # steps so far


def start(structure: Structure, params: Packed, programs: Programs) -> Progress:
    """The state before the first epoch, from packed parameters."""
    real = next(iter(params.values())).dtype
    return Progress(
        params=params,
        memory=programs.memory(structure, params),
        average={role: np.zeros_like(value) for role, value in params.items()} if structure.averages else {},
        unseen=real.type(1),
        best={role: value.copy() for role, value in params.items()},
        best_watched=real.type(np.inf),
        best_epoch=np.int32(0),
        since_best=np.int32(0),
        plateau=Plateau.start(real),
        epoch=np.int32(0),
        stopped=np.bool_(False),
        diverged=np.bool_(False),
    )


Stacked = TypeVar("Stacked")
_LANES = "lanes"  # the name of their axis
# Of a call, what lanes have each its own of (0), and what is the same in all: rows, and the numbers by which loops go,
# without which each would go on in all lanes until the last one is done.
_LOOPS = ("train_rows", "valid_rows", "accumulation")
_OWN = Call(
    data=Data(rows=None, targets=None, weights=None, valid=None, probe=0),  # type: ignore[arg-type]
    knobs=Knobs._make(None if name in _LOOPS else 0 for name in Knobs._fields),
    orders=0,
    factors=0,  # type: ignore[arg-type]
    seed=0,
    count=0,
)


def key(structure: Structure, real: np.dtype, lanes: int = 1) -> tuple[object, ...]:
    """What a program is kept by."""
    return ("epochs", structure, str(real), lanes)


def compiled(
    programs: Programs, structure: Structure, packing: Packing, state: Progress, call: Call, lanes: int = 1
) -> Program:
    """The program of a structure, which maps (`Progress`, `Call`) to (`Progress`, `Curves`).

    Of more than one lane the states and curves have lanes as first axis, and calls are made by `side_by_side`.
    """

    def make() -> Callable[[Progress, Call], tuple[Progress, Curves]]:
        if lanes == 1:
            return Epochs(Step(structure, packing)).run
        epochs = Epochs(Step(structure, packing), _LANES)
        return jax.vmap(epochs.run, in_axes=(0, _OWN), axis_name=_LANES)

    return programs.compile(key(structure, state.best_watched.dtype, lanes), make, (state, call))


def are_alike(one: Call, other: Call) -> bool:
    """Whether two calls of equal structure can be made side by side."""
    if one.data.rows is not other.data.rows or one.data.weights is not other.data.weights:
        return False
    is_same = all(getattr(one.knobs, name) == getattr(other.knobs, name) for name in _LOOPS)
    return is_same and np.array_equal(one.data.valid, other.data.valid)


def side_by_side(calls: Sequence[Call]) -> Call:
    """The call of as many lanes, of calls that are alike."""

    def joined(axis: int | None, *parts: object) -> object:
        return parts[0] if axis is None else stacked(parts)

    return jax.tree.map(joined, _OWN, *calls, is_leaf=lambda axis: axis is None)


def stacked(trees: Sequence[Stacked]) -> Stacked:
    """Trees of equal shapes as one, with a first axis for them."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


@jax.jit
def taken(states: Progress, lane: Int32[Array, ""]) -> Progress:
    """The state of one lane."""
    return jax.tree.map(lambda leaf: leaf[lane], states)


@jax.jit
def placed(states: Progress, lane: Int32[Array, ""], state: Progress) -> Progress:
    """The states with another one in that lane."""
    return jax.tree.map(lambda leaf, own: leaf.at[lane].set(own), states, state)


@dataclass(frozen=True)
class Epochs:
    """The function that is compiled, `run`, and its parts in the order in which they are nested.

    `lanes` is the name of the axis of several side by side, where there is one.
    """

    step: Step
    lanes: str | None = None

    def run(self, state: Progress, call: Call) -> tuple[Progress, Curves]:
        """Epochs one after another until `call.count` are done or training is over; curves are NaN after that."""

        def is_on(carry: tuple[Array, Progress, Curves]) -> Array:
            done, state, _ = carry
            return (done < call.count) & ~state.stopped

        def go_on(carry: tuple[Array, Progress, Curves]) -> tuple[Array, Progress, Curves]:
            done, state, curves = carry
            state, facts = self._epoch(state, call, done)
            return done + 1, state, jax.tree.map(lambda curve, fact: curve.at[done].set(fact), curves, facts)

        first = (jnp.int32(0), state, self._no_curves(call.data.weights.dtype))
        _, state, curves = jax.lax.while_loop(is_on, go_on, first)
        return state, curves

    def _no_curves(self, real: np.dtype) -> Curves:
        s = self.step.structure

        def by_epoch(leaf: Array) -> Array:
            return jnp.full((s.epochs, *leaf.shape), jnp.nan, leaf.dtype)

        number = by_epoch(jnp.zeros((), real))
        probed = () if s.probes == "off" else jax.tree.map(by_epoch, probes.blank(self.step, real))
        return Curves(number, number, number, number, number, probed)

    def _epoch(self, state: Progress, call: Call, i: Array) -> tuple[Progress, Curves]:
        """Epoch `i` of the call: the probes, all steps, validation, and whether it is the best or the last."""
        s, data, knobs = self.step.structure, call.data, call.knobs
        seed = call.seed + i.astype(jnp.uint32) * jnp.uint32(NEXT_EPOCH)
        factors = Factors(*(part[i] for part in call.factors))
        epoch = _Epoch(data, knobs, call.orders[i], factors, state.plateau.factor, seed)
        steps = self._batches(knobs)
        steps = (steps + knobs.accumulation - 1) // knobs.accumulation if s.accumulates else steps
        probed = self._look(state, epoch)
        moved = self._steps(state, epoch, steps)
        used = moved.params
        if s.averages:
            used = jax.tree.map(lambda a: a / (1 - moved.unseen), moved.average)
        train = moved.loss / knobs.train_rows
        valid, watched = self._validate(used, data, knobs)
        rate = knobs.learning_rate * factors.rate[steps - 1] * epoch.plateau
        curves = Curves(train, valid, watched, rate, moved.clipped / steps, probed)
        return self._judged(state, moved, used, curves, knobs), curves

    def _judged(
        self, state: Progress, moved: _Moving, used: Packed, curves: Curves, knobs: Knobs
    ) -> Progress:
        """The state after an epoch: whether it was the best, whether the rate falls, whether training is over.

        `used` are the parameters that validated.
        """
        train, valid, watched = curves.train, curves.valid, curves.watched
        has_valid = knobs.valid_rows > 0
        diverged = ~jnp.isfinite(train) | (has_valid & ~jnp.isfinite(valid))
        number = state.epoch + 1
        better = ~diverged & (~has_valid | (watched < state.best_watched - knobs.min_delta))
        since_best = jnp.where(better, 0, state.since_best + 1)
        best_epoch = jnp.where(better, number, state.best_epoch)
        waited = (since_best >= knobs.patience) | (
            (number >= knobs.patience_multiple * best_epoch) & (since_best >= knobs.patience_least)
        )
        return Progress(
            params=moved.params,
            memory=moved.memory,
            average=moved.average,
            unseen=moved.unseen,
            best=jax.tree.map(lambda new, old: jnp.where(better, new, old), used, state.best),
            best_watched=jnp.where(better & has_valid, watched, state.best_watched),
            best_epoch=best_epoch,
            since_best=since_best,
            plateau=state.plateau.after(jnp.where(has_valid, watched, train), knobs),
            epoch=number,
            stopped=diverged | (has_valid & waited),
            diverged=diverged,
        )

    def _look(self, state: Progress, epoch: _Epoch) -> probes.Probes | tuple[()]:
        """What the probes say before the first step, where it is their turn."""
        if self.step.structure.probes == "off":
            return ()
        data, knobs = epoch.data, epoch.knobs
        rate, decay = knobs.learning_rate * epoch.factors.rate[0] * epoch.plateau, epoch.factors.decay[0]
        due = (state.epoch % knobs.probe_every == 0) | (state.epoch < probes.FIRST)
        blank = probes.blank(self.step, data.weights.dtype)
        measured = jax.lax.cond(
            # of lanes that have each its own condition both branches would be computed, in each epoch
            due if self.lanes is None else jax.lax.pmax(due, self.lanes),
            lambda: probes.measure(self.step, state.params, state.memory, data, knobs, rate, decay),
            lambda: blank,
        )
        if self.lanes is None:
            return measured
        return jax.tree.map(lambda own, nothing: jnp.where(due, own, nothing), measured, blank)

    def _steps(self, state: Progress, epoch: _Epoch, steps: Array) -> _Moving:
        """All steps of an epoch."""
        zero = jnp.zeros((), epoch.data.weights.dtype)
        first = _Moving(state.params, state.memory, state.average, state.unseen, zero, zero)
        return jax.lax.fori_loop(0, steps, lambda i, moving: self._step(i, moving, epoch), first)

    def _step(self, i: Array, moving: _Moving, epoch: _Epoch) -> _Moving:
        """Step `i` of an epoch."""
        s, knobs, factors = self.step.structure, epoch.knobs, epoch.factors
        slope, rows = self._joined(i, moving.params, epoch)
        rate = knobs.learning_rate * factors.rate[i] * epoch.plateau
        seed = epoch.seed + i.astype(jnp.uint32)
        params, memory = self.step.move(
            moving.params, moving.memory, slope, knobs, rate, factors.decay[i], seed
        )
        average, unseen, clipped = moving.average, moving.unseen, moving.clipped
        if s.averages:
            kept = knobs.weight_average
            average = jax.tree.map(lambda a, p: kept * a + (1 - kept) * p, average, params)
            unseen = unseen * kept
        if s.has_clip and s.probes != "off":
            square = sum((vector**2).sum() for vector in slope.gradient.values())
            clipped = clipped + (square > knobs.gradient_clip**2)
        return _Moving(params, memory, average, unseen, moving.loss + slope.loss * rows, clipped)

    def _joined(self, i: Array, params: Packed, epoch: _Epoch) -> tuple[Slope, Array]:
        """The slope of all batches of step `i`, and their number of rows."""
        knobs, strength = epoch.knobs, epoch.factors.dropout[i]
        if not self.step.structure.accumulates:
            return self._part(i, params, epoch, strength)
        first = i * knobs.accumulation

        def add(number: Array, sums: tuple[Slope, Array]) -> tuple[Slope, Array]:
            slope, rows = self._part(number, params, epoch, strength)
            return jax.tree.map(lambda a, b: a + rows * b, sums[0], slope), sums[1] + rows

        shapes = jax.eval_shape(lambda: self._part(first, params, epoch, strength))
        zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        last = jnp.minimum(first + knobs.accumulation, self._batches(knobs))
        total, rows = jax.lax.fori_loop(first, last, add, zeros)
        return jax.tree.map(lambda leaf: leaf / rows, total), rows

    def _part(self, number: Array, params: Packed, epoch: _Epoch, strength: Array) -> tuple[Slope, Array]:
        """The slope of one batch, and its number of rows."""
        batch, data, knobs = self.step.structure.batch, epoch.data, epoch.knobs
        index = jax.lax.dynamic_slice(epoch.order, (number * batch,), (batch,))
        mask = (number * batch + jnp.arange(batch) < knobs.train_rows).astype(data.weights.dtype)
        seed = epoch.seed + number.astype(jnp.uint32)
        return self.step.slope(params, data, index, mask, knobs, strength, seed), mask.sum()

    def _batches(self, knobs: Knobs) -> Array:
        """Batches in an epoch."""
        batch = self.step.structure.batch
        return (knobs.train_rows + batch - 1) // batch

    def _validate(self, packed: Packed, data: Data, knobs: Knobs) -> tuple[Array, Array]:
        """Weighted mean loss over the validation rows and what is watched there, NaN when there are none."""
        s, real, params = self.step.structure, data.weights.dtype, self.step.packing.unpack(packed)
        plain = knobs._replace(label_smoothing=real.type(0))

        def block(i: Array, total: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            index = jax.lax.dynamic_slice(data.valid, (i * s.block,), (s.block,))
            mask = (i * s.block + jnp.arange(s.block) < knobs.valid_rows).astype(real)
            weight = data.weights[index] * mask
            outputs, targets = self.step.outputs(params, data, index), data.targets_of(index)
            losses = watched = self.step.losses(outputs, targets, plain)
            if s.monitor != "loss":  # of one head
                watched = MONITORS[s.monitor](outputs, targets[0], plain)
            sums = [(jnp.where(mask > 0, value, 0) * weight).sum() for value in (losses, watched)]
            return total[0] + sums[0], total[1] + sums[1], total[2] + weight.sum()

        blocks = (knobs.valid_rows + s.block - 1) // s.block
        zero = jnp.zeros((), real)
        loss, watched, weight = jax.lax.fori_loop(0, blocks, block, (zero, zero, zero))
        return loss / weight, watched / weight
