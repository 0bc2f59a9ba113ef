"""The plan of a run under one budget after another."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from search_helpers import Make, candidate, explored_of, found, prepared, trees

from honed.errors import InputError
from honed.run.journal import Journal
from honed.search import first_network, plan
from honed.search.clock import Clock
from honed.search.planned import ends, guess_left, is_scored_anew, planned
from honed.search.training import Training

pytestmark = pytest.mark.slow

SIZE: dict[str, Any] = {"rows": 150, "train_rows": 100, "folds": 5, "workers": 1}
SIZE |= {"epoch_seconds": 0.01, "compile_seconds": 1.0}


def test_each_longer_budget_makes_the_plan_of_the_whole_time_once(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float | None] = []

    def make(budget: float | None, **facts: Any) -> plan.Plan:
        asked.append(None if budget is None else round(budget))
        size = {"rows": 9_000, "train_rows": 6_000, "folds": 5, "workers": 1}
        return of_size(budget=budget, **{**facts, **size, "epoch_seconds": 0.1, "compile_seconds": 2.0})

    of_size = plan.make
    monkeypatch.setattr(plan, "make", make)
    monkeypatch.setattr(first_network, "epoch_seconds", lambda runner: 0.1)
    journal = Journal.create(None, {"budget": 20.0})
    runner, epochs = runners(prepared(trees()), journal), []
    for budget in (20.0, 10.0, 30.0, 40.0):
        if len(epochs):
            journal.event("extended", budget=budget)
        for _ in range(2):  # and as it was for a replay
            found = planned(runner, Clock(time.monotonic(), budget))
        epochs.append(found.epochs)
    assert asked == [20, 30, 60, 100]
    assert (
        epochs[0] == epochs[1] < epochs[2] == epochs[3]
    )  # 30 and 100 are less than twice what 20 and 60 were


def test_a_run_of_so_many_trials_keeps_its_plan_under_a_budget(runners: Make) -> None:
    journal = Journal.create(None, {"trials": 4})
    runner = runners(prepared(trees()), journal)
    first = planned(runner, Clock(0.0, None))
    journal.event("extended", budget=1000.0)
    assert planned(runner, Clock(time.monotonic(), 1000.0)).epochs == first.epochs


def test_a_plan_of_another_version_is_refused_in_a_sentence(runners: Make) -> None:
    journal = Journal.create(None, {"trials": 4})
    journal.decide("plan", lambda: {"epochs": 3, "most_width": 64})
    with pytest.raises(InputError, match="made by another version of honed"):
        planned(runners(prepared(trees()), journal), Clock(0.0, None))


def test_what_is_scored_is_trained_anew_in_any_case_where_folds_along_time_know_too_little() -> None:
    by_time = prepared(trees().with_columns(when=pl.Series(range(150))), time="when")
    one = replace(by_time, splits=replace(by_time.splits, folds=by_time.splits.folds[:1]))
    assert [is_scored_anew(ready) for ready in (by_time, one, prepared(trees()))] == [True, False, False]


def test_the_time_to_the_end_of_so_many_trials_goes_by_the_pace_of_those_that_are_done(runners: Make) -> None:
    runner = runners(prepared(trees(), trials=10))
    the_plan, none = planned(runner, Clock(0.0, None)), explored_of(folds=1)
    assert guess_left(runner, the_plan, none, 4, 8.0) == pytest.approx(6 * 2.0)
    assert guess_left(runner, the_plan, none, 10, 20.0) == 0
    some = explored_of(candidate(0), candidate(1), folds=1)
    assert guess_left(runner, the_plan, some, 10, 20.0) > 0, "what is chosen is trained again"


def test_exploring_ends_by_what_the_leaders_took_alone(runners: Make) -> None:
    runner = runners(prepared(trees(), trials=None, budget=60.0), Journal.create(None, {"budget": 60.0}))
    the_plan = replace(plan.make(**SIZE, budget=60.0), leaders=2, reserve=3.0)
    clock = Clock(time.monotonic(), 60.0)
    assert ends(runner, the_plan, explored_of(folds=1), clock) == (the_plan.explore_end, the_plan.confirm_end)

    def of(*seconds: float) -> tuple[float, float]:
        """Where candidates took so long, the best first."""
        explored = explored_of(folds=1)
        for number, own in enumerate(seconds):
            one = candidate(number)
            explored.ask([one])
            explored.record_full([found(Training("full", one, "0"), float(number), own)])
        return ends(runner, the_plan, explored, clock)

    assert of(0.2, 0.4) == of(0.3, 0.3, 50.0) > of(0.6, 0.6)
