"""Scores on the outer rows."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from search_helpers import prepared, trees

from honed.model.model import Model
from honed.search.scores import of_models


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
