"""The batch size, measured: `find` gives the ceiling that memory sets, the knee of speed and the gradient's noise."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from honed import seeds
from honed.family import UNLEARNED
from honed.run import memory
from honed.train.knobs import Knobs
from honed.train.optimizer import Memory
from honed.train.packing import Array, Packed, Packing
from honed.train.programs import Program, own_rules, room
from honed.train.setup import Setup
from honed.train.step import Data, Step
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float, Int32, UInt32

_SMALL, _LARGE = 32, 8192  # sizes that are tried; memory is checked by real steps up to the larger of them
_NOISE_BATCHES = 32  # small batches whose gradients are compared
_NOISE_STEPS = 200  # most small steps before that: at the start of training there is nearly no noise
_FULL_SPEED = 0.7  # of the highest throughput, that the knee reaches
_LEAST, _LEAST_STEPS = 64, 64  # rows in a step; steps in an epoch
_TIMINGS, _TIMED_ROWS = 5, 4096


@dataclass(frozen=True)
class BatchSearch:
    """Three figures and the batch size that follows from them.

    Attributes
    ----------
    ceiling : rows in one step that fit into free memory with a margin of a tenth, at most all training rows; by
        what the compiled program says that it needs, confirmed by real steps with optimizer and evaluation up to
        `checked` rows.
    bytes_per_row : memory that one more row in a step takes.
    sizes, rows_per_second : where speed was measured.
    knee : the least power of two with 70 % of the highest speed, by the line time = a + b·rows through them.
    noise_scale : tr(Σ) / |G|², up to which a larger batch needs fewer steps in proportion (McCandlish et al. 2018,
        arXiv 1812.06162), after one short epoch; infinity where noise is all there is.
    batch_size : the power of two at the knee, no larger than the noise scale, the ceiling, or what leaves 64 steps
        in an epoch; not below 64 where memory and rows allow it.
    """

    ceiling: int
    checked: int
    bytes_per_row: float
    sizes: tuple[int, ...]
    rows_per_second: tuple[float, ...]
    knee: int
    noise_scale: float
    batch_size: int
    seconds: float
    compile_seconds: float

    def sentence(self) -> str:
        """The choice and its reason in words."""
        noise = f"{self.noise_scale:,.0f}" if math.isfinite(self.noise_scale) else "unbounded"
        return (
            f"memory allows {self.ceiling:,} rows in a step (checked up to {self.checked:,}), speed is nearly full "
            f"from {self.knee:,} on, and the gradient's noise scale is {noise}"
        )

    def to_json(self) -> dict[str, JSON]:
        """Plain values; an infinite noise scale as None."""
        return {
            "ceiling": self.ceiling,
            "checked": self.checked,
            "bytes_per_row": round(self.bytes_per_row),
            "sizes": list(self.sizes),
            "rows_per_second": [round(x) for x in self.rows_per_second],
            "knee": self.knee,
            "noise_scale": round(self.noise_scale, 1) if math.isfinite(self.noise_scale) else None,
            "batch_size": self.batch_size,
            "said": self.sentence(),
            "seconds": round(self.seconds, 3),
        }


def find(setup: Setup) -> BatchSearch:
    """Measure and choose. Parameters move in copies that are thrown away."""
    began, rows = time.perf_counter(), len(setup.train)
    trial = _Trial(setup)
    small, large = min(_SMALL, rows), min(_LARGE, rows)
    with ThreadPoolExecutor() as threads:  # compiling leaves Python free
        list(threads.map(trial.compile, sorted({small, large})))
    bytes_per_row = (trial.bytes(large) - trial.bytes(small)) / max(large - small, 1)
    fixed = trial.bytes(small) - bytes_per_row * small
    free = (1 - memory.MARGIN) * room(setup.data.place) - fixed
    ceiling = max(1, min(rows, int(free / max(bytes_per_row, 1.0))))
    checked = trial.check(large)
    if checked < large:
        ceiling = checked
    small = min(small, checked)
    sizes = sorted({small, checked})
    speeds = [trial.rows_per_second(size) for size in sizes]
    knee = _knee(sizes, speeds)
    noise_scale = trial.noise_scale(small)
    wanted = min(knee, noise_scale, ceiling, max(_LEAST, rows / _LEAST_STEPS))
    batch = max(min(_LEAST, ceiling), 2 ** math.floor(math.log2(max(wanted, 1)) + 0.5))
    return BatchSearch(
        ceiling=ceiling,
        checked=checked,
        bytes_per_row=bytes_per_row,
        sizes=tuple(sizes),
        rows_per_second=tuple(speeds),
        knee=knee,
        noise_scale=noise_scale,
        batch_size=min(batch, ceiling),
        seconds=time.perf_counter() - began,
        compile_seconds=trial.compile_seconds,
    )


def _knee(sizes: list[int], speeds: list[float]) -> int:
    """The least power of two with nearly full speed, by a straight line through the times of a step."""
    if len(sizes) < 2:
        return sizes[0]
    times = np.array(sizes) / np.array(speeds)
    weights = 1 / times  # relative errors count
    slope, fixed = np.polyfit(sizes, times, 1, w=weights)
    size = 1
    while size < max(sizes) and size / (max(fixed, 0) + slope * size) < _FULL_SPEED / max(slope, 1e-12):
        size *= 2
    return size


class _State(NamedTuple):
    """Parameters and the optimizer's memory."""

    packed: Packed
    memory: Memory


class _Call(NamedTuple):
    """What one call of the program is given."""

    data: Data
    knobs: Knobs
    order: Int32[Array, " places"]  # row numbers, step after step, and then from the first again
    rate: Float[Array, ""]
    count: Int32[Array, ""]  # steps
    seed: UInt32[Array, ""]


class _Trial:
    """Short trainings at given batch sizes."""

    def __init__(self, setup: Setup) -> None:
        plain = replace(setup.training, batch_size=_SMALL, accumulation=1, weight_average=0.0)
        setup = replace(setup, training=plain)
        self._setup, self._structure, self._knobs = setup, setup.structure(), setup.knobs()
        params = setup.started()
        self._packing = Packing.of(params, setup.data.networks.role)
        self._packed = self._packing.pack(params, np)
        self._table = setup.table(self._structure, setup.train[:_SMALL])
        self._real = setup.data.real
        self._programs: dict[int, Program] = {}
        self.compile_seconds = 0.0

    def compile(self, size: int) -> None:
        """Make the program of a batch size."""
        if size not in self._programs:
            structure = replace(self._structure, batch=size)
            step = Step(structure, self._packing)
            # these hold in the thread alone that asked for them
            with own_rules(self._real, self._setup.data.device):
                compiled = self._setup.programs.compile(
                    ("batch", structure, str(self._real)),
                    lambda: _Steps(step).run,
                    (self._begin(), self._call(size, 1)),
                )
            self._programs[size] = compiled
            self.compile_seconds += compiled.seconds

    def bytes(self, size: int) -> int:
        """Memory of the program of a batch size."""
        return self._programs[size].bytes

    def check(self, size: int) -> int:
        """The largest of `size`, a half, a quarter … of it whose real steps fit into memory."""
        while True:
            try:
                self.compile(size)
                self._programs[size].check()
                self._run(size, self._begin(), self._call(size, 3))
                return size
            except (MemoryError, jax.errors.JaxRuntimeError) as error:
                is_memory = isinstance(error, MemoryError) or memory.is_out_of_memory(error)
                if size == 1 or not is_memory:
                    raise
                size //= 2

    def rows_per_second(self, size: int) -> float:
        """Rows that go through training in a second."""
        steps, state, taken = max(1, _TIMED_ROWS // size), self._begin(), []
        for _ in range(_TIMINGS):
            start = time.perf_counter()
            self._run(size, state, self._call(size, steps))
            taken.append(time.perf_counter() - start)
        return steps * size / min(taken)

    def noise_scale(self, size: int) -> float:
        """tr(Σ) / |G|² by the norms of gradients of `size` rows and of their mean, at the end of a short training."""
        steps = min(_NOISE_STEPS, max(1, len(self._setup.train) // size))
        state, _, _ = self._run(size, self._begin(), self._call(size, steps))
        standing = self._call(size, _NOISE_BATCHES)._replace(rate=self._real.type(0))
        _, norms, norm = self._run(size, state, standing)
        few, many = size, size * _NOISE_BATCHES
        signal = (many * norm - few * norms) / (many - few)
        noise = (norms - norm) / (1 / few - 1 / many)
        return float(noise / signal) if signal > 0 else math.inf

    def _begin(self) -> _State:
        return _State(self._packed, self._setup.programs.memory(self._structure, self._packed))

    def _run(self, size: int, state: _State, call: _Call) -> tuple[_State, float, float]:
        state, norms, norm = self._programs[size].call(state, call)
        return state, float(norms), float(norm)

    def _call(self, size: int, steps: int) -> _Call:
        seed, train = self._setup.seed, self._setup.train
        rng = seeds.generator(seed, "batch", size)
        needed = max(_NOISE_STEPS * _SMALL, size)
        parts = [rng.permutation(train) for _ in range(-(-needed // len(train)))]
        return _Call(
            data=self._table,
            knobs=self._knobs,
            order=np.concatenate(parts)[:needed].astype(np.int32),
            rate=self._knobs.learning_rate,
            count=np.int32(steps),
            seed=np.uint32(seeds.number(seed, "batch", "noise")),
        )


@dataclass(frozen=True)
class _Steps:
    """The function that is compiled, `run`: steps, then an evaluation."""

    step: Step

    def run(self, state: _State, call: _Call) -> tuple[_State, Float[Array, ""], Float[Array, ""]]:
        """The state after the steps, the mean of |gradient|², and |mean gradient|²."""
        s, step, data, knobs = self.step.structure, self.step, call.data, call.knobs
        mask = jnp.ones(s.batch, data.weights.dtype)
        places = len(call.order) // s.batch

        def one(i: Array, carry: tuple[_State, Packed, Array]) -> tuple[_State, Packed, Array]:
            (packed, memory), total, norms = carry
            index = jax.lax.dynamic_slice(call.order, (i % places * s.batch,), (s.batch,))
            seed = call.seed + i.astype(jnp.uint32)
            slope = step.slope(packed, data, index, mask, knobs, mask[0], seed)
            moved = _State(*step.move(packed, memory, slope, knobs, call.rate, mask[0], seed))
            norms = norms + sum((vector**2).sum() for vector in slope.gradient.values())
            return moved, jax.tree.map(jnp.add, total, slope.gradient), norms

        zeros = {
            role: jnp.zeros_like(vector) for role, vector in state.packed.items() if role not in UNLEARNED
        }
        first = (state, zeros, jnp.zeros((), mask.dtype))
        state, total, norms = jax.lax.fori_loop(0, call.count, one, first)
        mean = sum(((vector / call.count) ** 2).sum() for vector in total.values())
        seen = step.outputs(step.packing.unpack(state.packed), data, data.valid[: s.block])
        return state, norms / call.count + 0 * seen.sum(), mean
