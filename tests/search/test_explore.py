"""Exploring: where nothing can be trained, and what a batch took."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from search_helpers import Make, candidate, prepared, trees, tuned

from honed.errors import RunError
from honed.run.journal import Journal, failure
from honed.search import explore, job
from honed.search.explored import Explored

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
