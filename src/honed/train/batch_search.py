"""The batch size, measured: `find` gives the ceiling that memory sets, the knee of speed and the gradient's noise."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from honed import seeds
from honed.nets.spec import NetworkSpec
from honed.run import memory
from honed.train import program
from honed.train.packing import Packing
from honed.train.spec import TrainingSpec
from honed.train.step import Data, Step, Structure

if TYPE_CHECKING:
    from honed.train.loop import Examples

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

    def to_json(self) -> dict[str, Any]:
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


def find(
    network: NetworkSpec, training: TrainingSpec, data: Examples, train: np.ndarray, seed: int
) -> BatchSearch:
    """Measure and choose. Parameters move in copies that are thrown away."""
    began, rows = time.perf_counter(), len(train)
    trial = _Trial(network, training, data, train, seed)
    small, large = min(_SMALL, rows), min(_LARGE, rows)
    with ThreadPoolExecutor() as threads:  # compiling leaves Python free
        list(threads.map(trial.compile, sorted({small, large})))
    bytes_per_row = (trial.bytes(large) - trial.bytes(small)) / max(large - small, 1)
    fixed = trial.bytes(small) - bytes_per_row * small
    room = (1 - memory.MARGIN) * memory.available() - fixed
    ceiling = max(1, min(rows, int(room / max(bytes_per_row, 1.0))))
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
        ceiling,
        checked,
        bytes_per_row,
        tuple(sizes),
        tuple(speeds),
        knee,
        noise_scale,
        min(batch, ceiling),
        time.perf_counter() - began,
        trial.compile_seconds,
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


class _Trial:
    """Short trainings at given batch sizes."""

    def __init__(
        self, network: NetworkSpec, training: TrainingSpec, data: Examples, train: np.ndarray, seed: int
    ) -> None:
        from honed.train import loop

        plain = replace(training, batch_size=_SMALL, accumulation=1, weight_average=0.0)
        self._structure = loop.structure_of(network, plain, data, len(train))
        self._params = loop.started(network, data, self._structure.outputs, train, seed)
        self._packing = Packing.of(self._params)
        self._table = loop.table_of(data, train[:_SMALL], self._structure)
        self._knobs = loop.knobs_of(network, plain, data, len(train), 0)
        self._train, self._seed, self._real = train, seed, data.weights.dtype
        self._rate = self._real.type(self._knobs["learning_rate"])
        self._programs: dict[int, program.Program] = {}
        self.compile_seconds = 0.0

    def compile(self, size: int) -> None:
        """Make the program of a batch size."""
        if size not in self._programs:
            structure = replace(self._structure, batch=size)
            with program.own_rules(self._real):  # which hold in the thread that asked for it alone
                compiled = program.compile_once(
                    ("batch", structure, str(self._real)),
                    lambda: _steps(Step(structure, self._packing)),
                    self._args(size, 1, self._rate, self._begin()),
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
                memory.check(self.bytes(size))
                self._run(size, 3, self._rate, self._begin())
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
            self._run(size, steps, self._rate, state)
            taken.append(time.perf_counter() - start)
        return steps * size / min(taken)

    def noise_scale(self, size: int) -> float:
        """tr(Σ) / |G|² by the norms of gradients of `size` rows and of their mean, at the end of a short training."""
        steps = min(_NOISE_STEPS, max(1, len(self._train) // size))
        state = self._run(size, steps, self._rate, self._begin())[0]
        _, norms, norm = self._run(size, _NOISE_BATCHES, self._real.type(0), state)
        few, many = size, size * _NOISE_BATCHES
        signal = (many * norm - few * norms) / (many - few)
        noise = (norms - norm) / (1 / few - 1 / many)
        return float(noise / signal) if signal > 0 else math.inf

    def _begin(self) -> Any:
        packed = self._packing.pack(self._params, np)
        return packed, program.memory(self._structure, packed)

    def _run(self, size: int, steps: int, rate: Any, state: Any) -> Any:
        state, norms, norm = self._programs[size].call(*self._args(size, steps, rate, state))
        return state, float(norms), float(norm)

    def _args(self, size: int, steps: int, rate: Any, state: Any) -> tuple[Any, ...]:
        rng = seeds.generator(self._seed, "batch", size)
        needed = max(_NOISE_STEPS * _SMALL, size)
        parts = [rng.permutation(self._train) for _ in range(-(-needed // len(self._train)))]
        order = np.concatenate(parts)[:needed].astype(np.int32)
        noise = np.uint32(seeds.number(self._seed, "batch", "noise"))
        return (*state, self._table, self._knobs, order, rate, np.int32(steps), noise)


def _steps(step: Step) -> Any:
    """The function that is compiled: steps, then an evaluation; the mean of |gradient|² and |mean gradient|²."""
    s: Structure = step.structure

    def run(packed: Any, memory: Any, data: Data, knobs: Any, order: Any, rate: Any, count: Any, noise: Any):
        mask = jnp.ones(s.batch, data.weights.dtype)
        places = len(order) // s.batch

        def one(i: Any, carry: Any) -> Any:
            packed, memory, total, norms = carry
            index = jax.lax.dynamic_slice(order, (i % places * s.batch,), (s.batch,))
            seed = noise + i.astype(jnp.uint32)
            slope = step.slope(packed, data, index, mask, knobs, mask[0], seed)
            packed, memory = step.move(packed, memory, slope, knobs, rate, mask[0], seed)
            norms = norms + sum((vector**2).sum() for vector in slope.gradient.values())
            return packed, memory, jax.tree.map(jnp.add, total, slope.gradient), norms

        zeros = {role: jnp.zeros_like(vector) for role, vector in packed.items() if role != "statistic"}
        first = (packed, memory, zeros, jnp.zeros((), mask.dtype))
        packed, memory, total, norms = jax.lax.fori_loop(0, count, one, first)
        mean = sum(((vector / count) ** 2).sum() for vector in total.values())
        seen = step.outputs(step.packing.unpack(packed), data, data.valid[: s.block])
        return (packed, memory), norms / count + 0 * seen.sum(), mean

    return run
