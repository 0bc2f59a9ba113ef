"""Intervals of a vote: from the rows that validated its networks, and what they hold on the outer rows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import numpy as np
import polars as pl
import pytest
import search_helpers
from search_helpers import Make, Says, candidate, explored_of, prepared, trees, tuned

from honed.encode import target as targets
from honed.model.intervals import Intervals
from honed.model.model import Model
from honed.search.assemble import Chosen
from honed.search.folds import FoldData
from honed.search.intervals import Errors, errors, measured
from honed.search.scores import Scored
from honed.search.training import Training


class Said(search_helpers.Said):
    """The same with encoders of the targets."""

    def fold(self, name: str) -> FoldData:
        fold, p = self.prepared.splits.folds[int(name)], self.prepared
        made = {kind: (targets.fit(p.y[fold.train], kind),) for kind in p.targets}
        return replace(super().fold(name), targets=made)


def off(by: float) -> Says:
    """A network that is off by so much times the row's place in its fold."""
    return lambda truth, training: truth + by * np.arange(len(truth)) * (1 + training.seed)


def vote(*numbers: int) -> Chosen:
    candidates = {number: candidate(number) for number in numbers}
    weights = {number: (1 / len(numbers),) for number in numbers}
    return Chosen(weights, candidates, {}, candidates[numbers[0]], (1.0,), "")


def test_errors_are_of_each_row_once_by_the_networks_of_its_fold() -> None:
    """Ten folds of two repeats: of the first five alone, two candidates that vote half and half."""
    ready = prepared(trees())
    assert len(ready.splits.folds) == 10
    runner = Said(ready, {0: off(1.0), 1: off(0.5)})
    explored = explored_of(candidate(0), candidate(1), folds=10)
    made = errors(runner, explored, vote(0, 1), {})
    assert made is not None and made.networks == 1
    rows = np.concatenate([fold.valid for fold in ready.splits.folds[:5]])
    places = np.concatenate([np.arange(len(fold.valid)) for fold in ready.splits.folds[:5]])
    np.testing.assert_array_equal(np.sort(rows), np.setdiff1d(np.arange(len(ready.y)), ready.splits.outer))
    np.testing.assert_array_equal(made.truth, ready.y[rows])
    np.testing.assert_allclose(made.values, ready.y[rows] + 0.75 * places)
    np.testing.assert_allclose(made.voices, ready.y[rows] + np.outer([1.0, 0.5], places))


def test_several_networks_of_a_fold_speak_with_one_voice_and_alone_the_first_does() -> None:
    for single, mean in ((False, 1.5), (True, 1.0)):
        ready = prepared(trees(), single=single)
        runner, only = Said(ready, {0: off(1.0)}), candidate(0)
        more = {0: [Training("confirm", only, str(fold), 1) for fold in range(5)]}
        made = errors(runner, explored_of(only, folds=5), vote(0), more)
        assert made is not None and made.networks == (1 if single else 2)
        places = np.concatenate([np.arange(len(fold.valid)) for fold in ready.splits.folds[:5]])
        np.testing.assert_allclose(made.values - made.truth, mean * places, atol=1e-9)
        known = made.intervals()
        rank = math.ceil((len(places) + 1) * 0.9 - 1e-9)
        assert known.units == len(places) and known.at(0.9) == pytest.approx(mean * np.sort(places)[rank - 1])


def test_the_outer_rows_are_added_as_the_scored_networks_predict_them() -> None:
    ready = prepared(trees())
    own = np.arange(3.0)
    known = Errors(own, own + 1, None, np.stack([own, own + 2]), [0.5, 0.5], 4, None, False)

    class Told:
        def voices(
            self, frame: pl.DataFrame, networks: int, each: list[np.ndarray]
        ) -> tuple[np.ndarray, np.ndarray, list[float]]:
            said = networks * frame["size"].to_numpy() + each[0]
            return said, np.stack([said - 1, said + 1]), [0.5, 0.5]

    scored = Scored(cast(Model, Told()), [np.zeros(1)])
    both = known.and_outer(ready, scored)
    said = 4 * trees()["size"].to_numpy()[ready.splits.outer]
    np.testing.assert_array_equal(both.truth, np.append(own, ready.y[ready.splits.outer]))
    np.testing.assert_array_equal(both.values, np.append(own + 1, said))
    np.testing.assert_array_equal(
        both.voices, np.stack([np.append(own, said - 1), np.append(own + 2, said + 1)])
    )
    assert known.and_outer(prepared(trees(4)), scored) is known


def test_a_target_learned_as_a_logarithm_has_intervals_on_its_axis() -> None:
    frame = trees(600).with_columns(y=(3 * pl.col("y")).exp())
    ready = prepared(frame)
    assert ready.targets == ("linear", "gamma", "log")
    rng = np.random.default_rng(0)
    runner = Said(ready, {0: lambda truth, _: truth * np.exp(0.3 * rng.normal(size=len(truth)))})
    made = errors(runner, explored_of(candidate(0), folds=5), vote(0), {})
    (log,) = runner.fold("0").targets["log"]
    assert made is not None and made.intervals().log == made.log == (log.low, log.offset)


def test_classes_have_no_intervals() -> None:
    frame = trees().with_columns(y=pl.col("kind")).drop("kind")
    assert errors(Said(prepared(frame), {}), explored_of(candidate(0), folds=5), vote(0), {}) is None


class Fixed:
    """A model that says the same interval of every row."""

    def __init__(self, low: float, high: float, known: Intervals | None) -> None:
        self.intervals, self._ends = known, (low, high)

    def interval(self, frame: pl.DataFrame, level: float, each: list[np.ndarray]) -> np.ndarray:
        return np.tile(self._ends, (frame.height, 1))


def fixed(low: float, high: float, known: Intervals | None) -> Scored:
    return Scored(cast(Model, Fixed(low, high, known)), [])


KNOWN = Intervals((1.0,) * 197, 400)


def test_coverage_is_the_share_of_outer_rows_that_are_held() -> None:
    ready = prepared(trees(1000))
    truth = ready.y[ready.splits.outer]
    low, high = np.quantile(truth, [0.1, 0.9])
    found = measured(ready, fixed(low, high, KNOWN))
    assert found is not None
    share = np.mean((truth >= low) & (truth <= high))
    assert found["coverage"] == pytest.approx(share)
    assert found["error"] == pytest.approx(math.sqrt(share * (1 - share) / len(truth)), rel=0.05)
    assert (found["width"], found["rows"], found["units"]) == (pytest.approx(high - low), len(truth), 400)
    all_held = measured(ready, fixed(-1e9, 1e9, KNOWN))
    assert all_held is not None and all_held["coverage"] == 1 and 0 < all_held["error"] < 0.02


def test_of_groups_each_counts_once() -> None:
    rng = np.random.default_rng(0)
    site = np.sort(rng.choice(40, 600, p=np.arange(1, 41) / 820))
    ready = prepared(trees(600).with_columns(site=pl.Series(site).cast(pl.String)), group="site")
    outer = ready.splits.outer
    truth, groups = ready.y[outer], ready.groups_of(outer)
    assert groups is not None
    found = measured(ready, fixed(0.0, 10.0, KNOWN))
    shares = [np.mean(truth[groups == group] >= 0) for group in np.unique(groups)]
    assert found is not None and found["of"] == "groups"
    assert found["coverage"] == pytest.approx(np.mean(shares))


def test_no_outer_rows_or_too_few_others_no_coverage() -> None:
    assert measured(prepared(trees(4)), fixed(0, 1, KNOWN)) is None
    assert measured(prepared(trees()), fixed(0, 1, replace(KNOWN, reach=(1.0,)))) is None
    assert measured(prepared(trees()), fixed(0, 1, None)) is None


@pytest.mark.slow
def test_a_search_ends_with_intervals_that_are_told(runners: Make) -> None:
    result = tuned(runners, prepared(trees(400)))
    told, known = result.summary.get("intervals"), result.model.intervals
    assert told is not None and known is not None and told["units"] + told["rows"] == known.units
    before = result.scored and result.scored.intervals
    assert before is None or before.units == told["units"]
    assert abs(told["coverage"] - 0.9) < 0.15
    ends = result.model.predict_interval(trees(400).drop("y"), 0.8)
    values = result.model.values(trees(400))
    assert ((ends[:, 0] <= values) & (values <= ends[:, 1])).all()
