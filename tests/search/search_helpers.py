"""Small tables, candidates and searches in this process, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from honed.families.table.source import TableSource
from honed.nets.spec import NetworkSpec
from honed.report.progress import Silent
from honed.run.journal import Journal
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.explored import Explored
from honed.search.folds import FoldData
from honed.search.options import Options
from honed.search.prepare import Prepared, prepare_source
from honed.search.runner import Runner
from honed.search.search import Tuned, search
from honed.search.training import Result, Training
from honed.table.read import from_frame
from honed.train.spec import TrainingSpec

Make = Callable[..., Runner]  # of (prepared, journal=None, store=None)
Says = Callable[[np.ndarray, Training], np.ndarray]  # of the truth


class Said(Runner):
    """A runner whose networks are what they say, by candidate."""

    def __init__(self, ready: Prepared, said: Mapping[int, Says]) -> None:
        self.prepared, self._said = ready, said

    def fold(self, name: str) -> FoldData:
        fold = self.prepared.splits.folds[int(name)]
        return FoldData({}, fold.valid, self.prepared.truth[fold.valid])

    def predictions(self, training: Training) -> np.ndarray:
        return self._said[training.candidate.number](self.fold(training.fold).truth, training)


def trees(rows: int = 150) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=rows), rng.choice(["oak", "elm"], rows)
    return pl.DataFrame(
        {"size": size, "kind": kind, "y": 2 * size + (kind == "oak") + rng.normal(size=rows) * 0.3}
    )


def prepared(frame: pl.DataFrame, **more: Any) -> Prepared:
    settings: dict[str, Any] = {"trials": 4, **more}
    options = Options("memory", "y", **settings)
    return prepare_source(TableSource.of(from_frame(frame), options), options)


def tuned(make: Make, ready: Prepared, journal: Journal | None = None) -> Tuned:
    return search(make(ready, journal), Clock(0.0, None), Silent())


def candidate(number: int = 0, **training: Any) -> Candidate:
    network = NetworkSpec(depth=2, width=16)
    return Candidate(
        number, f"trial {number}", network, TrainingSpec(epochs=6, **training), "linear", "robust", {}
    )


def found(training: Training, loss: float, seconds: float = 1.0) -> Result:
    return Result(training, loss, {"run_seconds": seconds, "best_epoch": 1, "valid_loss": [loss, loss]})


def explored_of(*candidates: Candidate, folds: int) -> Explored:
    """Candidates as if fully trained, the earlier the better."""
    explored = Explored(folds)
    explored.ask(candidates)
    for c in candidates:
        explored.record_full(
            [found(Training("full", c, str(fold)), float(c.number)) for fold in range(folds)]
        )
    return explored
