"""The learning-rate range test (Smith 2017, arXiv 1506.01186): `find` tries all rates in one short training."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from honed import seeds
from honed.nets.spec import NetworkSpec
from honed.train import program
from honed.train.losses import LOSSES
from honed.train.packing import Packing
from honed.train.spec import TrainingSpec
from honed.train.step import Step

if TYPE_CHECKING:
    from honed.train.loop import Examples

_LOWEST, _HIGHEST, _POINTS = 1e-8, 10.0, 108  # twelve rates in a factor of ten
_SEEDS = 5
_PROBE_ROWS = 512  # the same rows judge every step, so that the curve shows steps and not batches
_DIVERGED = 4.0  # times the best loss
_AGREEING = 10.0  # factor between the largest and the smallest pick up to which the rules agree
_FALL = 0.02  # part of the loss that has to go for a fall to be one
_SMOOTH = 5  # points
_BEGUN, _DEEP = 0.05, 0.15  # part of the fall that is behind where it begins, and still ahead at its bottom


@dataclass(frozen=True)
class RangeTest:
    """The curve, what three rules read off it, and the rate that follows.

    Attributes
    ----------
    rates : (points,) rising; those after every seed had diverged are left out.
    losses : (points,) loss on the probe rows after a step of that rate, as a share of the first one; the median
        of the seeds.
    valley : middle of the longest fall, on the logarithmic scale of rates. minimum : a tenth of the highest rate
        whose loss is as good as the least, but for a seventh of the fall. steepest : where the loss falls fastest.
    rate : that of the rule `minimum`, which came nearest to the best rate of a grid (`benchmarks/automatic.py`);
        the others say how sure it is.
    agreement : largest pick over smallest.
    confidence : "high" where the rules agree within a factor of 10, "low" where they do not, "none" where no rate
        made the loss fall and the rate is the usual one.
    """

    rates: np.ndarray
    losses: np.ndarray
    valley: float
    minimum: float
    steepest: float
    rate: float
    agreement: float
    confidence: str
    seconds: float
    compile_seconds: float

    def sentence(self) -> str:
        """The choice and its reason in words."""
        if self.confidence == "none":
            return f"no rate made the loss fall in the range test, so it is the usual {self.rate:g}"
        picks = f"valley {self.valley:.2g}, minimum/10 {self.minimum:.2g}, steepest {self.steepest:.2g}"
        agree = "agree" if self.confidence == "high" else f"differ by a factor of {self.agreement:.0f}"
        return f"range test over {len(self.rates)} rates: {picks}; the rules {agree}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        numbers = ("valley", "minimum", "steepest", "rate", "agreement")
        return {
            "rates": [float(f"{x:.4g}") for x in self.rates],
            "losses": [float(f"{x:.4g}") for x in self.losses],
            **{name: _plain(getattr(self, name)) for name in numbers},
            "confidence": self.confidence,
            "said": self.sentence(),
            "seconds": round(self.seconds, 3),
        }


def _plain(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def find(
    network: NetworkSpec, training: TrainingSpec, data: Examples, train: np.ndarray, seed: int
) -> RangeTest:
    """Train from 1e-8 to 10 on logarithmic steps, several seeds side by side, and read the curve.

    Nothing is shared with the training that follows: it starts as if there had been no test.
    """
    from honed.train import loop

    began = time.perf_counter()
    structure = loop.structure_of(network, training, data, len(train))
    knobs = loop.knobs_of(network, training, data, len(train), 0)
    real = data.weights.dtype
    starts = [
        loop.started(network, data, structure.outputs, train, seeds.number(seed, "range", number))
        for number in range(_SEEDS)
    ]
    packing = Packing.of(starts[0])
    packed = [packing.pack(params, np) for params in starts]
    stacked = {role: np.stack([one[role] for one in packed]) for role in packed[0]}
    memory = jax.tree.map(lambda leaf: np.stack([leaf] * _SEEDS), program.memory(structure, packed[0]))
    rates = np.geomspace(_LOWEST, _HIGHEST, _POINTS)
    orders = np.stack([_order(train, structure.batch, seed, number) for number in range(_SEEDS)])
    probe = seeds.generator(seed, "probe").permutation(train)[:_PROBE_ROWS].astype(np.int32)
    probe = np.resize(probe, _PROBE_ROWS)  # of few rows each counts several times
    table = loop.table_of(data, train[:0], structure)
    args = (
        stacked,
        memory,
        table,
        knobs,
        orders,
        probe,
        rates.astype(real),
        np.uint32(seeds.number(seed, "r")),
    )
    compiled = program.compile_once(
        ("range", structure, str(real)), lambda: _sweep(Step(structure, packing)), args
    )
    losses = np.asarray(compiled.call(*args), np.float64)
    return read(rates, losses, time.perf_counter() - began, compiled.seconds)


def read(rates: np.ndarray, losses: np.ndarray, seconds: float = 0.0, compiling: float = 0.0) -> RangeTest:
    """Read the curves of several seeds.

    Parameters
    ----------
    rates : (points,). losses : (points + 1, seeds), the first before any step; not finite where diverged.
    """
    from honed.train.automatic import USUAL_RATE

    shares = losses[1:] / losses[0]
    alive = np.isfinite(shares).all(axis=1)
    end = int(np.argmin(alive)) if not alive.all() else len(alive)
    curve = np.median(np.minimum(shares[:end], 2 * _DIVERGED), axis=1)
    over = np.flatnonzero(curve > _DIVERGED * np.minimum.accumulate(curve)) if end else np.zeros(0, int)
    end = int(over[0]) if len(over) else end
    curve, tried = curve[:end], rates[:end]
    smooth = _smoothed(np.log(curve))
    if end < 2 * _SMOOTH or smooth.min() > math.log(1 - _FALL):
        nothing = float("nan")
        return RangeTest(
            tried, curve, nothing, nothing, nothing, USUAL_RATE, nothing, "none", seconds, compiling
        )
    top, bottom = float(smooth[:_SMOOTH].mean()), float(smooth.min())
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
    return RangeTest(
        tried, curve, valley, minimum, steepest, minimum, agreement, confidence, seconds, compiling
    )


def _smoothed(curve: np.ndarray) -> np.ndarray:
    """A running mean of a few points."""
    if len(curve) < _SMOOTH:
        return curve
    padded = np.pad(curve, _SMOOTH // 2, mode="edge")
    return np.convolve(padded, np.full(_SMOOTH, 1 / _SMOOTH), mode="valid")


def _order(train: np.ndarray, batch: int, seed: int, number: int) -> np.ndarray:
    """Rows for all steps of one seed, int32 (points × batch,)."""
    rng = seeds.generator(seed, "range", "order", number)
    needed = _POINTS * batch
    parts = [rng.permutation(train) for _ in range(-(-needed // len(train)))]
    return np.concatenate(parts)[:needed].astype(np.int32)


def _sweep(step: Step) -> Any:
    """The function that is compiled: probe losses (points + 1, seeds), not finite where a seed has diverged."""
    s = step.structure
    loss_by_row = LOSSES[s.loss]

    def sweep(
        packed: Any, memory: Any, data: Any, knobs: Any, orders: Any, probe: Any, rates: Any, noise: Any
    ):
        mask = jnp.ones(s.batch, data.weights.dtype)

        def judged(packed: Any) -> Any:
            outputs = step.outputs(step.packing.unpack(packed), data, probe)
            weight = data.weights[probe]
            return (loss_by_row(outputs, data.targets[probe], knobs) * weight).sum() / weight.sum()

        def one(packed: Any, memory: Any, order: Any, i: Any) -> Any:
            index = jax.lax.dynamic_slice(order, (i * s.batch,), (s.batch,))
            seed = noise + i.astype(jnp.uint32)
            slope = step.slope(packed, data, index, mask, knobs, jnp.ones((), mask.dtype), seed)
            packed, memory = step.move(packed, memory, slope, knobs, rates[i], jnp.ones((), mask.dtype), seed)
            return packed, memory, judged(packed)

        def go(carry: Any) -> Any:
            i, packed, memory, losses, best = carry
            packed, memory, loss = jax.vmap(one, (0, 0, 0, None))(packed, memory, orders, i)
            best = jnp.fmin(best, loss)
            return i + 1, packed, memory, losses.at[i + 1].set(loss), best

        def on(carry: Any) -> Any:
            i, _, _, losses, best = carry
            return (i < len(rates)) & (losses[i] <= 2 * _DIVERGED * best).any()  # NaN ends too

        first = jax.vmap(judged)(packed)
        losses = jnp.full((len(rates) + 1, len(first)), jnp.nan, first.dtype).at[0].set(first)
        return jax.lax.while_loop(on, go, (jnp.int32(0), packed, memory, losses, first))[3]

    return sweep
