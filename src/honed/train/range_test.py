"""The learning-rate range test (Smith 2017, arXiv 1506.01186): `find` tries all rates in one short training."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from honed import seeds
from honed.train.knobs import Knobs
from honed.train.optimizer import Memory
from honed.train.packing import Array, Packed, Packing
from honed.train.setup import Setup
from honed.train.step import Data, Step
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int32, UInt32

USUAL_RATE = 1e-3  # where no rate makes the loss fall, and while the batch size is measured
_LOWEST, _HIGHEST, _STEPS = 1e-8, 10.0, 108  # twelve rates in a factor of ten
_MEMBERS = 5  # networks side by side: seeds of the sweep, rates of the race
_PROBE_ROWS = 512  # the same rows judge every step, so that the curve shows steps and not batches
_RACE_ROWS = 2048  # judge the race, where differences are smaller
_RACED = 5.0  # factor from the highest pick to the lowest and the highest rate of the race
_LEGS = 8  # the race is that many times as long as the sweep
_LAP = 27  # steps of the race between two judgements
_DIVERGED = 4.0  # times the best loss
_AGREEING = 10.0  # factor between the largest and the smallest pick up to which the rules agree
_FALL = 0.02  # part of the loss that has to go for a fall to be one
_SMOOTH = 5  # points
_ZERO = 1e-8  # part of the first loss below which float32 tells nothing apart
_BEGUN, _DEEP = 0.05, 0.15  # part of the fall that is behind where it begins, and still ahead at its bottom


@dataclass(frozen=True)
class RangeTest:
    """The curve, what three rules read off it, and the rate that follows.

    Attributes
    ----------
    rates : (points,) rising, up to where a seed stops being a number or the median leaves the curve's bottom behind.
    losses : (points,) loss on the probe rows after a step of that rate, as a share of the first one; the median
        of the seeds.
    valley : middle of the longest fall, on the logarithmic scale of rates. minimum : a tenth of the highest rate
        whose loss is as good as the least, but for a seventh of the fall. steepest : where the loss falls fastest.
    raced, race_losses : (rates,) from a fifth of the highest pick to five times it, and the least loss on
        held-out rows in a short training at each.
    rate : the one that won the race. The rules read one pass over all rates and lie far apart on real tables.
    agreement : largest pick over smallest.
    confidence : "high" where the rules agree within a factor of 10, "low" where they do not, "none" where no rate
        made the loss fall and the rate is the usual one.
    """

    rates: Float[np.ndarray, " points"]
    losses: Float[np.ndarray, " points"]
    valley: float
    minimum: float
    steepest: float
    rate: float
    agreement: float
    confidence: str
    seconds: float = 0.0
    compile_seconds: float = 0.0
    raced: Float[np.ndarray, " raced"] = dataclasses.field(default_factory=lambda: np.zeros(0))
    race_losses: Float[np.ndarray, " raced"] = dataclasses.field(default_factory=lambda: np.zeros(0))

    def sentence(self) -> str:
        """The choice and its reason in words."""
        if self.confidence == "none":
            return f"no rate made the loss fall in the range test, so it is the usual {self.rate:g}"
        picks = f"valley {self.valley:.2g}, minimum/10 {self.minimum:.2g}, steepest {self.steepest:.2g}"
        agree = "agree" if self.confidence == "high" else f"differ by a factor of {self.agreement:.0f}"
        race = f"; {self.rate:.2g} wins a short race of rates around the highest" if len(self.raced) else ""
        return f"range test over {len(self.rates)} rates: {picks}; the rules {agree}{race}"

    def to_json(self) -> dict[str, JSON]:
        """Plain values."""
        numbers = ("valley", "minimum", "steepest", "rate", "agreement")
        return {
            "rates": [float(f"{x:.4g}") for x in self.rates],
            "losses": [float(f"{x:.4g}") for x in self.losses],
            "raced": [float(f"{x:.4g}") for x in self.raced],
            "race_losses": [_plain(x) for x in self.race_losses],
            **{name: _plain(getattr(self, name)) for name in numbers},
            "confidence": self.confidence,
            "said": self.sentence(),
            "seconds": round(self.seconds, 3),
        }


def _plain(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def find(setup: Setup) -> RangeTest:
    """Train from 1e-8 to 10 on logarithmic steps, several seeds side by side; read the curve; let rates race.

    Nothing is shared with the training that follows: it starts as if there had been no test.
    """
    sweep = _Sweep(setup)
    rates = np.geomspace(_LOWEST, _HIGHEST, _STEPS)
    found = read(rates, sweep.run(np.stack([rates] * _MEMBERS)))
    if found.confidence != "none":
        highest = max(found.valley, found.minimum, found.steepest)
        raced = np.geomspace(highest / _RACED, min(highest * _RACED, _HIGHEST), _MEMBERS)
        found = raced_at(found, raced, sweep.race(raced))
    return replace(found, seconds=time.perf_counter() - sweep.start, compile_seconds=sweep.compile_seconds)


class _State(NamedTuple):
    """Parameters and the optimizer's memory of all members (members, ...), or of one."""

    packed: Packed
    memory: Memory


class _Call(NamedTuple):
    """What one call of the program is given."""

    data: Data
    knobs: Knobs
    order: Int32[Array, " places"]  # steps × batch
    probe: Int32[Array, "blocks rows"]  # held-out rows
    judges: Int32[Array, ""]  # blocks of them that are asked
    rates: Float[Array, "steps members"]
    seed: UInt32[Array, ""]
    lap: Int32[Array, ""]  # steps from one asking to the next


class _Sweep:
    """One compiled program for several networks of equal shape, each with its own rate at each step.

    The rows that judge are held out of the steps.
    """

    def __init__(self, setup: Setup) -> None:
        self.start, self.compile_seconds = time.perf_counter(), 0.0
        self._structure, self._knobs, self._programs = setup.structure(), setup.knobs(), setup.programs
        shuffled, count = setup.shuffled().astype(np.int32), len(setup.train)
        held = min(_RACE_ROWS, max(1, count // 4))
        self._probe = np.resize(shuffled[:held], _RACE_ROWS)  # of few rows each counts several times
        self._rows = shuffled[held:] if count > 1 else shuffled
        self._table = setup.table(self._structure, setup.train[:0])
        self._real, self._seed = setup.data.real, setup.seed
        self._starts = [
            setup.started(seeds.number(setup.seed, "range", number)) for number in range(_MEMBERS)
        ]
        self._packing = Packing.of(self._starts[0], setup.data.networks.role)

    def run(self, rates: Float[np.ndarray, "members steps"]) -> Float[np.ndarray, "steps+1 members"]:
        """Losses of the held-out rows before any step and after each, with those rates."""
        return self._call(self._begin(different=True), rates, 1, 0)[1]

    def race(self, rates: Float[np.ndarray, " members"]) -> Float[np.ndarray, " members"]:
        """Least losses of equal networks in some hundred steps, each at its own rate throughout.

        The least and not the last, as training keeps its best epoch: a rate that overfits soon is no worse for it.
        """
        state, losses = self._begin(different=False), []
        steady = np.repeat(rates[:, None], _STEPS, axis=1)
        for leg in range(_LEGS):
            state, judged = self._call(state, steady, _LAP, leg + 1)
            losses.append(judged[_LAP::_LAP])
        laps = np.concatenate(losses)
        return np.where(np.isfinite(laps).all(axis=0), laps.min(axis=0), np.inf)

    def _begin(self, different: bool) -> _State:
        packed = [self._packing.pack(params if different else self._starts[0], np) for params in self._starts]
        stacked: Packed = {role: np.stack([one[role] for one in packed]) for role in packed[0]}
        memory = self._programs.memory(self._structure, packed[0])
        return _State(stacked, jax.tree.map(lambda leaf: np.stack([leaf] * _MEMBERS), memory))

    def _call(
        self, state: _State, rates: Float[np.ndarray, "members steps"], lap: int, leg: int
    ) -> tuple[_State, Float[np.ndarray, "steps+1 members"]]:
        batch, rows = self._structure.batch, self._rows
        rng = seeds.generator(self._seed, "range", "order", leg)
        needed = _STEPS * batch
        order = np.concatenate([rng.permutation(rows) for _ in range(-(-needed // len(rows)))])[:needed]
        seed = np.uint32(seeds.number(self._seed, "range", "noise", leg))
        probe = self._probe.reshape(-1, _PROBE_ROWS)
        judges = np.int32(1 if lap == 1 else len(probe))
        call = _Call(
            data=self._table,
            knobs=self._knobs,
            order=order,
            probe=probe,
            judges=judges,
            rates=rates.T.astype(self._real),
            seed=seed,
            lap=np.int32(lap),
        )
        key = ("range", self._structure, str(self._real))
        step = Step(self._structure, self._packing)
        compiled = self._programs.compile(key, lambda: _Steps(step).run, (state, call))
        self.compile_seconds += compiled.seconds
        state, losses = compiled.call(state, call)
        return state, np.asarray(losses, np.float64)


def read(rates: Float[np.ndarray, " points"], losses: Float[np.ndarray, "points+1 seeds"]) -> RangeTest:
    """Read the curves of several seeds.

    Parameters
    ----------
    losses : the first before any step; not finite where diverged.
    """
    can_fall = np.isfinite(losses[0]) & (losses[0] > 0)
    with np.errstate(over="ignore"):
        shares: np.ndarray = losses[1:] / np.where(can_fall, losses[0], np.nan)
    alive = np.asarray(np.isfinite(shares).all(axis=1))
    end = int(np.argmin(alive)) if not alive.all() else len(alive)
    curve = np.median(np.minimum(shares[:end], 2 * _DIVERGED), axis=1)
    over = np.flatnonzero(curve > _DIVERGED * np.minimum.accumulate(curve)) if end else np.zeros(0, int)
    end = int(over[0]) if len(over) else end
    zero = np.flatnonzero(
        curve[:end] <= _ZERO
    )  # where it stops: no gradient is left for higher rates to be tried on
    end = int(zero[0]) + 1 if len(zero) else end
    curve, tried = curve[:end], rates[:end]
    nothing = float("nan")
    none = RangeTest(tried, curve, nothing, nothing, nothing, USUAL_RATE, nothing, "none")
    if end < 2 * _SMOOTH:
        return none
    smooth = _smoothed(np.log(np.maximum(curve, _ZERO)))  # it may be exactly 0
    top, bottom = float(smooth[:_SMOOTH].mean()), float(smooth.min())
    if bottom > math.log(1 - _FALL) or not bottom < top:
        return none
    fallen = np.flatnonzero(smooth < top - _BEGUN * (top - bottom))
    deep = np.flatnonzero(smooth <= bottom + _DEEP * (top - bottom))
    begin, end = fallen[0], deep[0]  # of the fall; the bottom behind it is wide and uneven
    slope = np.gradient(smooth, np.log(tried))
    valley = float(np.sqrt(tried[begin] * tried[end]))
    steepest = float(tried[begin + np.argmin(slope[begin : end + 1])])
    minimum = float(tried[deep[-1]] / 10)
    picks = (valley, minimum, steepest)
    agreement = max(picks) / min(picks)
    confidence = "high" if agreement <= _AGREEING else "low"
    return RangeTest(tried, curve, valley, minimum, steepest, minimum, agreement, confidence)


def raced_at(
    found: RangeTest, raced: Float[np.ndarray, " raced"], losses: Float[np.ndarray, " raced"]
) -> RangeTest:
    """What was read, with the race: the rate of its least loss, or the lowest pick where every rate diverged."""
    if np.isfinite(losses).any():
        return replace(found, raced=raced, race_losses=losses, rate=float(raced[np.argmin(losses)]))
    return replace(found, rate=min(found.valley, found.minimum, found.steepest))


def _smoothed(curve: Float[np.ndarray, " points"]) -> Float[np.ndarray, " points"]:
    """A running mean of a few points."""
    if len(curve) < _SMOOTH:
        return curve
    padded = np.pad(curve, _SMOOTH // 2, mode="edge")
    return np.convolve(padded, np.full(_SMOOTH, 1 / _SMOOTH), mode="valid")


@dataclass(frozen=True)
class _Steps:
    """The function that is compiled, `run`: steps of all members side by side."""

    step: Step

    def run(self, state: _State, call: _Call) -> tuple[_State, Float[Array, "steps members"]]:
        """The state after the steps, and losses before any and after each, NaN for steps after which nobody was asked.

        Where all are asked after each step, it ends when every member has diverged.
        """

        def is_on(carry: tuple[Array, _State, Array, Array]) -> Array:
            i, _, losses, best = carry
            alive = (losses[i] <= 2 * _DIVERGED * best).any()  # NaN ends too
            return (i < len(call.rates)) & ((call.lap > 1) | alive)

        def go_on(carry: tuple[Array, _State, Array, Array]) -> tuple[Array, _State, Array, Array]:
            i, state, losses, best = carry
            state = jax.vmap(self._move, (0, None, 0, None))(state, call, call.rates[i], i)
            asked = (i + 1) % call.lap == 0
            loss = jax.lax.cond(asked, lambda packed: judge(packed, call), lambda _: losses[i], state.packed)
            return i + 1, state, losses.at[i + 1].set(loss), jnp.fmin(best, loss)

        judge = jax.vmap(self._judged, (0, None))
        first = judge(state.packed, call)
        losses = jnp.full((len(call.rates) + 1, len(first)), jnp.nan, first.dtype).at[0].set(first)
        _, state, losses, _ = jax.lax.while_loop(is_on, go_on, (jnp.int32(0), state, losses, first))
        return state, losses

    def _move(self, state: _State, call: _Call, rate: Float[Array, ""], i: Int32[Array, ""]) -> _State:
        """One member after step `i`."""
        batch, data, knobs = self.step.structure.batch, call.data, call.knobs
        mask = jnp.ones(batch, data.weights.dtype)
        index = jax.lax.dynamic_slice(call.order, (i * batch,), (batch,))
        seed = call.seed + i.astype(jnp.uint32)
        slope = self.step.slope(state.packed, data, index, mask, knobs, mask[0], seed)
        return _State(*self.step.move(state.packed, state.memory, slope, knobs, rate, mask[0], seed))

    def _judged(self, packed: Packed, call: _Call) -> Float[Array, ""]:
        """The loss of one member on the first `judges` blocks of held-out rows."""
        data, params = call.data, self.step.packing.unpack(packed)

        def block(i: Array, total: tuple[Array, Array]) -> tuple[Array, Array]:
            rows = call.probe[i]
            weight, outputs = data.weights[rows], self.step.outputs(params, data, rows)
            losses = self.step.losses(outputs, data.targets_of(rows), call.knobs)
            return total[0] + (losses * weight).sum(), total[1] + weight.sum()

        zero = jnp.zeros((), data.weights.dtype)
        loss, weight = jax.lax.fori_loop(0, call.judges, block, (zero, zero))
        return loss / weight
