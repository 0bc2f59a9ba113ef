"""How long trainings take, learned from those that are done: `Pace`."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable

import numpy as np

from honed.search.candidate import Candidate
from honed.search.training import Training

_COMPILE_SECONDS = 2.0  # before any was measured
PROBES_COMPILE = 2.5  # times as long as a program without probes; 2.1 to 2.3 with periodic embeddings


class Pace:
    """Seconds of trainings on one core.

    Parameters
    ----------
    products : multiply-adds of one row in training, by candidate, roughly.
    compiled : seconds that programs took to compile in earlier processes.
    """

    def __init__(self, products: Callable[[Candidate], float], compiled: Iterable[float] = ()) -> None:
        self._products, self._compiled = products, list(compiled)
        self._by_program: dict[tuple[Hashable, ...], float] = {}  # seconds of a row in one epoch
        self._programs: set[tuple[Hashable, ...]] = set()
        self._second_per_product = math.inf

    def seconds(self, training: Training, rows: int) -> float | None:
        """How long a training on so many rows will take once its program is there, as far as measured."""
        if training.seconds is not None:
            return training.seconds
        candidate = training.candidate
        work = rows * (training.stop_after or training.epochs or candidate.training.epochs)
        each = self._by_program.get(candidate.program)
        if each is None and math.isfinite(self._second_per_product):
            return self._products(candidate) * self._second_per_product * work
        return None if each is None else each * work

    def of_program(self, candidate: Candidate) -> float:
        """Seconds of a row in one pass, as measured with the candidate's program; 0 where nobody has run it."""
        return self._by_program.get(candidate.program, 0.0)

    def seconds_with_program(self, training: Training, rows: int) -> float | None:
        """As `seconds`, and what compiling takes where nobody has the program yet."""
        seconds = self.seconds(training, rows)
        if seconds is None or training.program in self._programs:
            return seconds
        return seconds + self.compile_seconds() * (1 if training.probes == "off" else PROBES_COMPILE)

    def compile_seconds(self) -> float:
        """To compile one program, or to load it from the cache: the mean so far."""
        return float(np.mean(self._compiled)) if self._compiled else _COMPILE_SECONDS

    def learn(
        self, training: Training, rows: int, epochs: float, run_seconds: float, compile_seconds: float
    ) -> None:
        """Take in what a training on so many rows has taken for its epochs."""
        each = run_seconds / (rows * (epochs or 1))
        self._by_program[training.candidate.program] = each
        self._programs.add(training.program)
        self._second_per_product = min(each / self._products(training.candidate), self._second_per_product)
        if compile_seconds:
            self._compiled.append(compile_seconds)
