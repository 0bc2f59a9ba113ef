"""Scores on the outer rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from search_helpers import candidate, prepared, trees

from honed.model.model import Model
from honed.run.journal import Journal
from honed.search.scores import of_constant, of_models, spread
from honed.search.training import Training


class Mean:
    """A model that says the same of every row."""

    def __init__(self, value: float) -> None:
        self._value = value

    def told(self, frame: Any) -> np.ndarray:
        return np.full(frame.height, self._value)


def test_a_score_is_the_metric_of_the_outer_rows_with_its_interval() -> None:
    ready = prepared(trees())
    truth = ready.y[ready.splits.outer]
    guess = cast(Model, Mean(float(truth.mean())))
    score = of_models(ready, {"mean": guess})["mean"]
    assert score["score"] == pytest.approx(truth.std())
    assert score["low"] < score["score"] < score["high"]


def test_a_constant_guess_is_the_mean_or_the_frequencies_of_the_rows_that_are_learned_from() -> None:
    ready = prepared(trees())
    outer, inner = ready.y[ready.splits.outer], np.delete(ready.y, ready.splits.outer)
    score = of_constant(ready)["trivial"]["score"]
    assert score == pytest.approx(np.sqrt(((outer - inner.mean()) ** 2).mean()))
    ready = prepared(trees().with_columns(y=pl.col("kind")).drop("kind"))
    outer, inner = ready.y[ready.splits.outer], np.delete(ready.y, ready.splits.outer)
    share = np.bincount(inner) / len(inner)
    assert of_constant(ready)["trivial"]["score"] == pytest.approx(-np.log(share[outer]).mean())


def test_no_outer_rows_no_constant_guess() -> None:
    assert of_constant(prepared(trees(4))) == {}


@pytest.mark.parametrize(
    ("trainings", "differ"),
    [([("0", 0)], None), ([("0", 0), ("0", 1)], "seed"), ([("0", 0), ("1", 0)], "fold")],
)
def test_the_spread_of_the_winner_is_that_of_its_networks(
    trainings: list[tuple[str, int]], differ: str | None
) -> None:
    networks = [Training("full", candidate(), fold, seed) for fold, seed in trainings]
    journal = Journal.create(None, {})
    for loss, training in enumerate(networks):
        journal.record(training.key, {"ok": True, "value": {"loss": -0.5 - loss / 10}})
    metric = SimpleNamespace(higher_is_better=True)
    runner = cast(Any, SimpleNamespace(journal=journal, prepared=SimpleNamespace(metric=metric)))
    found = spread(runner, networks)
    if differ is None:
        assert found is None
    else:
        assert found is not None
        assert (found["networks"], found["differ"]) == (2, differ)
        assert (found["low"], found["high"]) == (0.5, pytest.approx(0.6))
        assert found["deviation"] == pytest.approx(0.1 / np.sqrt(2))
