"""Exploring: where nothing can be trained, and what a batch took."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from search_helpers import Make, candidate, prepared, trees, tuned

from honed.errors import RunError
from honed.families.table.presets import presets
from honed.run.journal import Journal, failure
from honed.search import explore, job, plan
from honed.search.clock import Clock
from honed.search.explored import Explored
from honed.search.space import Space

pytestmark = pytest.mark.slow


def test_no_network_at_all_is_an_error_that_says_why(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(worker: job.Worker, payload: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(job.Worker, "train", broken)
    with pytest.raises(
        RunError, match=r"No network could be trained. The first one: memory ran out \(no room\)\."
    ):
        tuned(runners, prepared(trees()))


def test_a_run_without_a_network_that_learned_anything_is_over(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = job.Worker.train

    def useless(worker: job.Worker, payload: Any) -> Any:
        value, arrays = train(worker, payload)
        return {**value, "best_epoch": 0}, arrays

    monkeypatch.setattr(job.Worker, "train", useless)
    journal = Journal.create(None, {})
    with pytest.raises(RunError, match="No network could be trained to a finite loss"):
        tuned(runners, prepared(trees(), trials=1), journal)
    assert str(failure(journal.events)).startswith("No network could be trained to a finite loss")


def test_the_first_network_stands_in_where_the_default_diverges(runners: Make) -> None:
    runner = runners(prepared(trees()))
    explored = Explored()
    explored.ask([candidate(optimizer="sgd", learning_rate=100.0, batch_size=8)])
    explore._fall_back(runner, explored, None)
    assert [c.name for c in explored.candidates] == ["the first network"]


def test_a_default_is_fully_trained_where_the_first_diverges(runners: Make) -> None:
    runner = runners(prepared(trees()))
    diverging = replace(
        candidate(0, optimizer="sgd", learning_rate=100.0, batch_size=8), reason="as published"
    )
    found, second, third = candidate(1), *(replace(candidate(n), reason="as published") for n in (2, 3))
    explored = Explored(2)
    explored.ask([diverging, found, second, third])
    explore._train_a_default(runner, explored, None)
    assert [c.number for c in explored.candidates] == [0, 2]
    assert [c.number for c in explored.best_first()] == [2]
    explore._train_a_default(runner, explored, None)
    assert len(explored.candidates) == 2


def test_a_replayed_batch_counts_for_the_time_that_it_took(runners: Make) -> None:
    journal = Journal.create(None, {})
    runner = runners(prepared(trees()), journal)
    for key, seconds in (("quick/0/0/0", 2.0), ("full/0/1/0", 3.0), ("full/9/1/0", 50.0)):
        value = {"compile_seconds": 1.0, "run_seconds": seconds}
        journal.record(key, {"ok": True, "value": value})
    assert explore._worked(runner, [candidate(0)]) == 7.0


def test_each_longer_budget_makes_the_plan_of_the_whole_time_once(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float | None] = []

    def planned(runner: object, seconds: float | None) -> plan.Plan:
        asked.append(None if seconds is None else round(seconds))
        return plan.make(
            rows=9_000,
            train_rows=6_000,
            folds=5,
            budget=seconds,
            workers=1,
            epoch_seconds=0.1,
            compile_seconds=2.0,
        )

    monkeypatch.setattr(explore, "_plan", planned)
    journal = Journal.create(None, {"budget": 20.0})
    runner, epochs = runners(prepared(trees()), journal), []
    for budget in (20.0, 10.0, 30.0, 40.0):
        if len(epochs):
            journal.event("extended", budget=budget)
        for _ in range(2):  # and as it was for a replay
            found = explore._planned(runner, Clock(time.monotonic(), budget))
        epochs.append(found.epochs)
    assert asked == [20, 30, 60, 100]
    assert (
        epochs[0] == epochs[1] < epochs[2] == epochs[3]
    )  # 30 and 100 are less than twice what 20 and 60 were


def test_a_run_of_so_many_trials_keeps_its_plan_under_a_budget(runners: Make) -> None:
    journal = Journal.create(None, {"trials": 4})
    runner = runners(prepared(trees()), journal)
    first = explore._planned(runner, Clock(0.0, None))
    journal.event("extended", budget=1000.0)
    assert explore._planned(runner, Clock(time.monotonic(), 1000.0)).epochs == first.epochs


def test_ranges_widen_again_where_they_did_though_a_longer_search_has_other_leaders() -> None:
    journal = Journal.create(None, {})
    first, again = (
        Space(
            presets("regression", 500, 4, 8), ("linear",), batch=64, structures=6, seed=0, most={"width": 64}
        )
        for _ in range(2)
    )
    leader, _ = (made.defaults()[0] for made in (first, again))
    values = first.propose(1, 0, leader)[0]
    edge = next(name for name in ("ntk_rate", "learning_rate") if name in values)
    values[edge] = first._ranges.span(edge)[1]
    (best,) = first.candidates([values])
    assert len(explore._widened(journal, first, 0, [best])) == 1
    assert explore._widened(journal, again, 0, []) == first.widenings
    values[edge] = again._ranges.span(edge)[1]
    (beyond,) = again.candidates([values])
    again.learn({beyond.number: 1.0})
