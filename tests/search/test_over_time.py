"""How far the score moves from one stretch of time to the next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, Said, Says, candidate, explored_of, prepared, trees, tuned

from honed.metrics import METRICS
from honed.report.text import headline
from honed.run.journal import Journal
from honed.search.assemble import Chosen
from honed.search.explored import Explored
from honed.search.over_time import to_come, told
from honed.search.prepare import Prepared
from honed.search.runner import Score
from honed.search.training import Training
from honed.trials import trainings


def by_time(**more: Any) -> Prepared:
    return prepared(trees(200).with_columns(when=pl.Series(range(200))), time="when", **more)


def score(value: float) -> Score:
    return {"score": value, "low": 0.9 * value, "high": 1.1 * value}


def off(by: float) -> Says:
    """A network that is off by so much, by as much more with each fold further back, and the more by a later seed."""
    return lambda truth, training: truth + by * (1 + int(training.fold)) * (1 + training.seed)


def vote(shares: Mapping[int, float], temperature: float = 1.0) -> Chosen:
    candidates = {number: candidate(number) for number in shares}
    weights = {number: (share,) for number, share in shares.items()}
    return Chosen(weights, candidates, {}, candidates[0], (temperature,), "")


def explored(*numbers: int, folds: int = 5) -> Explored:
    return explored_of(*map(candidate, numbers), folds=folds)


def test_the_vote_is_scored_on_each_step_of_time_the_oldest_first() -> None:
    """Off by 0.75 (1 + fold), as two that vote by 3 to 1 are off by 1 and by 0."""
    runner = Said(by_time(), {0: off(1.0), 1: off(0.0)})
    found = told(runner, explored(0, 1), vote({0: 0.75, 1: 0.25}), {}, score(4.0))
    assert found is not None
    assert found["steps"] == pytest.approx([3.75, 3.0, 2.25, 1.5, 0.75])
    assert (found["low"], found["high"]) == to_come(found["steps"], 4.0, METRICS["root_mean_squared_error"])
    assert found["says"].startswith("That interval is of these rows alone; of rows to come expect ")
    assert (
        "on the 5 before these, each foretold from what came before it, it was 0.7500 to 3.750."
        in found["says"]
    )


def test_where_the_newest_rows_have_no_interval_none_is_spoken_of() -> None:
    newest: Score = {"score": 4.0, "low": math.nan, "high": math.nan}
    found = told(Said(by_time(), {0: off(1.0)}), explored(0), vote({0: 1.0}), {}, newest)
    assert found is not None and found["says"].startswith("Of rows to come expect ")


def test_several_networks_of_a_step_speak_with_one_voice_and_alone_the_first_does() -> None:
    more = {0: [Training("confirm", candidate(0), str(fold), 1) for fold in range(5)]}
    for single, mean in ((False, 1.5), (True, 1.0)):
        runner = Said(by_time(single=single), {0: off(1.0)})
        found = told(runner, explored(0), vote({0: 1.0}), more, score(4.0))
        assert found is not None and found["steps"] == pytest.approx([mean * by for by in (5, 4, 3, 2, 1)])


def test_probabilities_count_as_the_model_gives_them() -> None:
    """Of two classes at 0.8 to 0.2 a temperature of 2 makes 2 to 1."""
    frame = trees(200).with_columns(y=pl.col("kind"), when=pl.Series(range(200))).drop("kind")

    def sure(truth: np.ndarray, training: Training) -> np.ndarray:
        return np.where(truth[:, None] == [0, 1], 0.8, 0.2)

    found = told(
        Said(prepared(frame, time="when"), {0: sure}), explored(0), vote({0: 1.0}, 2.0), {}, score(0.5)
    )
    assert found is not None and found["steps"] == pytest.approx([math.log(1.5)] * 5)


def test_too_few_steps_rows_without_time_and_no_score_say_nothing() -> None:
    runner, chosen = Said(by_time(), {0: off(1.0)}), vote({0: 1.0})
    assert told(runner, explored(0, folds=3), chosen, {}, score(4.0)) is not None
    assert told(runner, explored(0, folds=2), chosen, {}, score(4.0)) is None
    assert told(runner, explored(0), chosen, {}, None) is None
    assert told(runner, explored(0), chosen, {}, score(math.nan)) is None
    assert told(Said(by_time(), {0: off(0.0)}), explored(0), chosen, {}, score(4.0)) is None  # perfect
    assert told(Said(prepared(trees(200)), {0: off(1.0)}), explored(0), chosen, {}, score(4.0)) is None


@pytest.mark.parametrize("count", [4, 6])
def test_the_range_holds_a_next_draw_nine_times_in_ten(count: int) -> None:
    """Stretches alike but for chance, whose errors are log-normal."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(4_000):
        *steps, newest, new = np.exp(3 + 0.3 * rng.normal(size=count + 1)).tolist()
        low, high = to_come(steps, newest, METRICS["log_loss"]) or (math.nan, math.nan)
        held.append(low <= new <= high)
    assert np.mean(held) == pytest.approx(0.9, abs=0.03)


def test_what_is_better_where_higher_has_a_range_below_1() -> None:
    steps, newest = [0.8, 0.9, 0.85], 0.9
    found = to_come([0.2, 0.1, 0.15], 0.1, METRICS["log_loss"])
    assert found is not None
    low, high = found
    assert to_come(steps, newest, METRICS["accuracy"]) == pytest.approx((1 - high, 1 - low))
    assert to_come([0.1, 0.9, 0.5], 0.3, METRICS["accuracy"])[0] == 0.0  # type: ignore[index]
    assert to_come([0.1, 0.9, 0.5], 0.3, METRICS["r2"])[0] < 0.0  # type: ignore[index]
    assert to_come([1.0, 0.9, 0.5], 0.3, METRICS["accuracy"]) is None


def test_a_search_along_time_tells_it(runners: Make) -> None:
    ready, journal = by_time(trials=1), Journal.create(None, {})
    facts: Any = tuned(runners, ready, journal).summary
    known = facts["over_time"]
    folds = {training.fold for training, _ in trainings(journal.events)} & ready.splits.once
    assert len(known["steps"]) == len(folds) >= 3
    assert known["low"] < facts["scores"]["ensemble"]["value"] < known["high"]
    assert known["says"] in headline(facts)
    assert "over_time" not in tuned(runners, prepared(trees(200), trials=1)).summary


@pytest.mark.parametrize("steps", [[1e-7, 0.5, 0.3], [1e-300, 0.5, 0.3]])
def test_of_scores_that_lie_worlds_apart_no_range_is_told(steps: list[float]) -> None:
    assert to_come(steps, 0.2, METRICS["log_loss"]) is None
    assert to_come([0.1, 0.5, 0.3], 0.2, METRICS["log_loss"]) is not None
