"""Training the chosen networks again."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import sklearn.ensemble  # noqa: F401 - two threads would find it half imported
from search_helpers import Make, prepared

from honed.heads import Head
from honed.nets.spec import NetworkSpec
from honed.report.progress import Silent
from honed.search.assemble import Chosen
from honed.search.candidate import Candidate
from honed.search.clock import Clock
from honed.search.plan import make as make_plan
from honed.search.refit import best_together, joint_epochs, late_enough, refit
from honed.search.search import search
from honed.search.training import Training
from honed.train.spec import TrainingSpec
from honed.trials import ALL, INNER, OTHERWISE, trainings


@pytest.mark.parametrize(("seconds", "place"), [(1.0, 1), (11.0, -1)])
def test_a_look_that_costs_much_of_the_budget_comes_last(seconds: float, place: int) -> None:
    """At most 4 % of 60 s on two workers are spent before every network has been trained again once."""
    calls: list[list[Training]] = []

    class Runner:
        workers = 2

        class prepared:
            heads = (Head("y"),)

            class options:
                single = False

            class splits:
                inner = otherwise = None

        class journal:
            @staticmethod
            def result(key: str) -> dict[str, Any]:
                return {"value": {"valid_loss": [0.9, 0.7, 0.5, 0.6]}}

        @staticmethod
        def seconds_with_program(training: Training) -> float:
            return seconds

        @staticmethod
        def train(trainings: list[Training], until: float | None) -> dict[Training, Any]:
            calls.append(trainings)
            return {}

    best = Candidate(0, "best", NetworkSpec(), TrainingSpec(), "linear", "robust", {})
    networks = {0: [Training("full", best, "0")]}
    chosen = Chosen({0: (1.0,)}, {0: best}, networks, best, (1.0,), "")
    the_plan = make_plan(
        rows=500, train_rows=300, folds=5, budget=60, workers=2, epoch_seconds=0.01, compile_seconds=2.0
    )
    look = Training("look", best, "0", probes="usual")
    runner: Any = Runner()
    members, beside = refit(runner, the_plan, chosen, Clock(0.0, 60), [look], networks)
    assert beside is None
    asked = [training for call in calls for training in call]
    assert [(training.stage, training.seed) for training in calls[0]] == [("again", 0)]
    assert len(asked) > 2 and asked[place] == look
    assert {training.stop_after for training in asked if training != look} == {3}
    assert members == [(networks[0][0], (1.0,))]  # nothing was trained in time


@pytest.mark.parametrize(
    ("curves", "epoch"),
    [
        ([[3.0, 2.0, 1.0]], 3),
        ([[3.0, 1.0, 2.0, 2.5], [3.0, 2.5, 1.0, 9.0]], 3),  # each alone: 2 and 3
        ([[3.0, 1.0], [3.0, 2.0, 1.0]], 3),  # the first was stopped at epoch 2, and keeps what it had
        ([[3.0, 1.0], [3.0, 2.0, float("nan")]], 2),
        ([[], []], 1),
    ],
)
def test_the_best_epoch_together_is_that_of_the_summed_curves(curves: list[list[float]], epoch: int) -> None:
    assert best_together(curves) == epoch


def test_in_a_window_one_lucky_epoch_does_not_decide() -> None:
    curves = [[9.0, 8.0, 1.0, 8.0, 7.0, 3.0, 2.0, 3.0, 4.0, 5.0, 6.0, 6.0], [2.0] * 12]
    assert best_together(curves) == 3
    assert (
        best_together(curves, window=5) == 8
    )  # 3, 2, 3, 4 and 5 are 17; one further on either side 19 and 20
    assert best_together([[3.0, 2.0, 1.0, 1.5]], window=5) == 4  # an end counts for what would be beyond it
    assert late_enough([[0.0, 9.0, 1.0, 9.0, 3.0, 3.0, 3.0]] * 3, best=1, least=2, window=1) == 1
    far = [[5.0, 9.0, 1.0, 9.0, 3.0, 3.0, 3.0]] * 3
    assert late_enough(far, best=1, least=2, window=3) == 6


@pytest.mark.parametrize(
    ("curves", "epoch"),
    [
        (
            [[1.0, 2.0, 1.4, 1.5], [1.0, 2.0, 0.8, 1.5], [1.0, 2.0, 1.2, 1.5]],
            3,
        ),  # by 0.13, with a noise of 0.18
        ([[1.0, 2.0, 1.4, 1.5], [1.0, 2.0, 1.3, 1.5], [1.0, 2.0, 1.3, 1.5]], 1),  # by 0.33, with one of 0.03
        ([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]], 1),  # nobody has got there
        ([[1.0, 2.0, 1.6], [1.0, 2.0], [1.0, 2.0, 1.2]], 1),  # the second ended, and keeps what it had
    ],
)
def test_along_time_an_early_stop_has_to_be_clear(curves: list[list[float]], epoch: int) -> None:
    assert best_together(curves) == 1
    assert late_enough(curves, best=1, least=3) == epoch


def test_a_late_stop_stays_as_it_is() -> None:
    assert late_enough([[3.0, 2.0, 1.0, 1.0]] * 3, best=3, least=3) == 3


@pytest.mark.parametrize(("folds", "is_along_time", "epoch"), [(3, True, 3), (3, False, 1), (2, True, 1)])
def test_only_folds_along_time_have_to_be_clear(folds: int, is_along_time: bool, epoch: int) -> None:
    class Runner:
        class prepared:
            class splits:
                inner = np.arange(9) if is_along_time else None

        class journal:
            @staticmethod
            def result(key: str) -> dict[str, Any]:
                by_fold = {"0": [1.0, 2.0, 1.4], "1": [1.0, 2.0, 0.8], "2": [1.0, 2.0, 1.2]}
                return {"value": {"valid_loss": by_fold[key.split("/")[2]]}}

    candidate = Candidate(0, "best", NetworkSpec(), TrainingSpec(epochs=12), "linear", "robust", {})
    runner: Any = Runner()
    assert joint_epochs(runner, [Training("full", candidate, str(fold)) for fold in range(folds)]) == epoch


def test_what_is_scored_has_learned_from_all_rows_before_those_that_score(runners: Make) -> None:
    """Folds along time know half of the rows or more; the last network knows all of them."""
    rng = np.random.default_rng(0)
    when = np.arange(120)
    frame = pl.DataFrame(
        {"when": when / 7, "x": rng.normal(size=120), "y": when / 100 + rng.normal(size=120)}
    )
    ready = prepared(frame, time="when", trials=1)
    runner = runners(ready)
    found = search(runner, Clock(0.0, None), Silent())
    again = {key.fold for key, _ in trainings(runner.journal.events) if key.stage == "again"}
    assert again == {ALL, INNER, OTHERWISE}
    assert found.scored is not None
    inner = ready.splits.inner
    assert inner is not None
    np.testing.assert_array_equal(np.sort(np.append(inner, ready.splits.outer)), when)
    facts: Any = found.summary
    assert facts["scores"]["network"]["value"] == facts["beside"]["network"]["value"]
    assert facts["rows"]["newest"] == "when"
