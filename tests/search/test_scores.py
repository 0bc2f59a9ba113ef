"""Scores on the outer rows."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from search_helpers import prepared, trees

from honed.model.model import Model
from honed.search.scores import of_constant, of_models


class Mean:
    """A model that says the same of every row."""

    classes = ()

    def __init__(self, value: float) -> None:
        self._value = value

    def values(self, frame: Any) -> np.ndarray:
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
