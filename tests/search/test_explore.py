"""Exploring: where nothing can be trained, and what a batch took."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from search_helpers import Make, prepared, trees, tuned

from honed.errors import RunError
from honed.report.progress import Silent
from honed.run.journal import Journal, failure
from honed.search import explore, first_network, job, plan
from honed.search.clock import Clock
from honed.search.pace import Pace
from honed.search.search import search
from honed.search.stores import MemoryStore
from honed.trials import Key, trainings

pytestmark = pytest.mark.slow

BUDGET = 20.0


def test_no_network_at_all_is_an_error_that_says_why(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(worker: job.Worker, payload: Any, *ends: float | None) -> Any:
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

    def useless(worker: job.Worker, payload: Any, until: float | None, end: float | None) -> Any:
        value, arrays = train(worker, payload, until, end)
        return {**value, "best_epoch": 0}, arrays

    monkeypatch.setattr(job.Worker, "train", useless)
    journal = Journal.create(None, {})
    with pytest.raises(RunError, match="No network could be trained to a finite loss"):
        tuned(runners, prepared(trees(), trials=1), journal)
    assert str(failure(journal.events)).startswith("No network could be trained to a finite loss")


@pytest.mark.parametrize("by_looks", [True, False])
def test_what_short_looks_rate_best_is_trained_first(
    by_looks: bool, runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it is there where time runs out; the first default all the same, which a winner has to beat.

    A run of before goes on in the order in which it began.
    """
    make, trials = plan.make, 4
    short: dict[str, Any] = {
        "epochs": 2,
        "quick_epochs": 1,
        "folds": 1,
        "promoted": 2,
        "leaders": 1,
        "more": 0,
    }

    def made(**facts: Any) -> plan.Plan:
        told = replace(make(**facts), generation=trials, **short).to_json()
        return plan.Plan(**{name: value for name, value in told.items() if by_looks or name != "by_looks"})

    monkeypatch.setattr(plan, "make", made)
    journal, given = Journal.create(None, {}), prepared(trees(), trials=trials)
    defaults = first_network.space(runners(given, Journal.create(None, {})), 1).defaults()
    looks = {candidate.values["recipe"]: -float(candidate.number) for candidate in defaults}
    monkeypatch.setattr(first_network, "looks", lambda runner: looks)
    tuned(runners, given, journal)
    quick, full = (
        [key.number for key, _ in trainings(journal.events) if key.stage == stage]
        for stage in ("quick", "full")
    )
    of_defaults = [number for number in quick if number < len(defaults)]
    assert len(of_defaults) > 1 and of_defaults == sorted(of_defaults, reverse=by_looks)
    assert quick[: len(of_defaults)] == of_defaults and 0 in full


def test_generations_overlap_where_many_workers_would_wait(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is proposed hangs on the generations but the last, whose best are trained in full meanwhile."""
    make = plan.make
    few: dict[str, Any] = {"generation": 4, "promoted": 2, "structures": 3, "overlap": True}
    short: dict[str, Any] = {
        "epochs": 3,
        "quick_epochs": 2,
        "folds": 2,
        "leaders": 2,
        "more": 1,
        "refit_seeds": 1,
    }
    monkeypatch.setattr(plan, "make", lambda **facts: replace(make(**facts), **few, **short))
    monkeypatch.setattr(explore, "KEPT", 3)
    drop, dropped = MemoryStore.drop, list[Key]()

    def noted(store: MemoryStore, key: str) -> None:
        dropped.append(Key.parse(key))
        drop(store, key)

    monkeypatch.setattr(MemoryStore, "drop", noted)
    journal = Journal.create(None, {})
    done = tuned(runners, prepared(trees(), trials=10), journal)
    names = [event.get("name") for event in journal.events]
    proposed = [names.index(f"proposals in generation {number}") for number in range(3)]
    spans = pairwise([*proposed, len(names)])
    full = [
        [key.number // 4 for key, _ in trainings(journal.events[a:b]) if key.stage == "full"]
        for a, b in spans
    ]
    assert full == [[0] * 4, [], [1] * 4 + [2] * 2]  # those of 1 are trained after 2 was proposed
    ended = {key.number for key, _ in trainings(journal.events) if key.stage == "full"}
    gone = {key.number for key in dropped}
    assert gone and len(dropped) == 2 * len(gone)  # the networks of both folds, once
    assert gone < ended and len(ended - gone) >= 3
    losses = {trial["number"]: trial["loss"] or math.inf for trial in done.trials}
    assert all(sum(losses[other] < losses[number] for other in ended) >= 3 for number in gone)


@pytest.mark.parametrize(("workers", "last"), [(1, [4, 3]), (2, [4, 0])])
def test_one_worker_alone_has_a_generation_of_few(
    workers: int, last: list[int], runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each training takes a second, and the time is enough for three candidates more."""
    make, train, now = plan.make, job.Worker.train, [0.0]
    few: dict[str, Any] = {"epochs": 2, "quick_epochs": 1, "folds": 1, "generation": 4, "promoted": 1}
    few |= {"leaders": 1, "more": 0, "refit": False, "structures": 3, "ways": False}

    def trained(worker: job.Worker, payload: Any, *ends: float | None) -> Any:
        value, arrays = train(worker, payload, *ends)
        now[0] += 1.0
        return value | {"run_seconds": 1.0, "compile_seconds": 0.0}, arrays

    monkeypatch.setattr(plan, "make", lambda **facts: replace(make(**facts), **few))
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(job.Worker, "train", trained)
    monkeypatch.setattr(Pace, "seconds", lambda *_: None)
    journal = Journal.create(None, {"budget": BUDGET})
    runner = runners(prepared(trees(), trials=None, budget=BUDGET), journal)
    runner.workers = workers
    search(runner, Clock(0.0, BUDGET), Silent())
    sizes = [
        event["value"] for event in journal.events if event.get("name", "").startswith("generation after")
    ]
    assert sizes[:2] == last
