"""A search that goes on under a longer budget, against one run of the whole that decides by the same clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from search_helpers import Make, prepared, trees

from honed.report.progress import Silent
from honed.run.journal import Journal
from honed.search import first_network, job, plan
from honed.search.clock import Clock
from honed.search.pace import Pace
from honed.search.search import Tuned, search
from honed.search.stores import MemoryStore
from honed.typed import JSON

pytestmark = pytest.mark.slow

# Beginnings of the names of its decisions.
_OF_THE_CLOCK = ("plan", "generation after", "rounds that confirm")
_SHORT, _LONG = 6.0, 30.0  # budgets, on a clock that each training moves on by one


def small_plans(monkeypatch: pytest.MonkeyPatch, longer: int = 3) -> None:
    """Plans of few short trainings; those of a longer budget have so many epochs."""
    make = plan.make

    def small(budget: float | None, **facts: Any) -> plan.Plan:
        size: dict[str, Any] = {
            "folds": 2,
            "generation": 4,
            "promoted": 2,
            "structures": 3,
            "refit_seeds": 12,
        }
        epochs = 3 if (budget or 0) <= _SHORT else longer
        return replace(
            make(budget=budget, **facts), epochs=epochs, quick_epochs=2, leaders=2, more=1, networks=1, **size
        )

    monkeypatch.setattr(plan, "make", small)
    monkeypatch.setattr(first_network, "epoch_seconds", lambda runner: 0.1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[], float]:
    """A clock that each training moves on by one, and says so."""
    now, train = [0.0], job.Worker.train

    def trained(worker: job.Worker, payload: Any, *ends: float | None) -> Any:
        value, arrays = train(worker, payload)
        now[0] += 1.0
        return value | {"run_seconds": 1.0, "compile_seconds": 0.0}, arrays

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(job.Worker, "train", trained)
    monkeypatch.setattr(Pace, "seconds", lambda *_: None)
    return lambda: now[0]


def decisions(journal: Journal) -> dict[str, JSON]:
    """By name; what was decided once more under a longer budget stands for what was before."""
    made = [event for event in journal.events if event["kind"] == "decision"]
    return {event["name"].split(", extended")[0]: event["value"] for event in made}


def outcomes(journal: Journal) -> dict[str, dict[str, Any]]:
    """The last of each job."""
    return {e["key"]: e["outcome"] for e in journal.events if e["kind"] == "result"}


def learned(journal: Journal) -> dict[str, tuple[float, list[float]]]:
    """Loss and curve of each network that was trained for the search."""
    return {
        key: (outcome["value"]["loss"], outcome["value"]["valid_loss"])
        for key, outcome in outcomes(journal).items()
        if outcome["ok"] and key.split("/")[0] not in ("first", "pace", "baseline")
    }


def files(found: Tuned, folder: Path) -> dict[str, bytes]:
    """The model as it is saved."""
    folder.mkdir()
    found.model.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("epochs", [3, 4], ids=["same plan", "plan of its own"])
def test_going_on_is_one_run_of_the_whole_that_had_the_same_time_for_each_part(
    runners: Make,
    clock: Callable[[], float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    epochs: int,
) -> None:
    """The whole is told what the clock has decided: the plan, sizes of generations, what was late. No more."""
    small_plans(monkeypatch, epochs)
    ready, journal, store = (
        prepared(trees(), trials=None, budget=_SHORT),
        Journal.create(None, {"budget": _SHORT}),
        MemoryStore(),
    )
    search(runners(ready, journal, store), Clock(clock(), _SHORT), Silent())
    early = set(learned(journal))
    journal.event("extended", budget=_LONG)
    continued = search(runners(ready, journal, store), Clock(clock(), _LONG), Silent())
    assert early and "proposals in generation 1" in decisions(journal)
    late = {key: outcome for key, outcome in outcomes(journal).items() if outcome.get("error") == "late"}
    assert any(key.startswith("again/") for key in late)

    whole = Journal.create(None, {"budget": _SHORT + _LONG})
    for name, value in decisions(journal).items():
        if name.startswith(_OF_THE_CLOCK):
            whole.decide(name, lambda value=value: value)
    for key, outcome in late.items():
        whole.record(key, outcome)
    at_once = search(runners(ready, whole), Clock(0.0, None), Silent())

    assert decisions(whole) == decisions(journal)
    told = learned(whole)
    assert told == {key: value for key, value in learned(journal).items() if key in told}
    assert at_once.trials == continued.trials
    assert files(at_once, tmp_path / "whole") == files(continued, tmp_path / "continued")


def test_what_memory_ran_out_for_is_done_once_there_is_some(
    runners: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the result is that of a run which always had it."""
    small_plans(monkeypatch)
    ready, journal, store = prepared(trees(), trials=3), Journal.create(None, {}), MemoryStore()
    train = job.Worker.train

    def starved(worker: job.Worker, payload: Any, *ends: float | None) -> Any:
        if payload["fold"] == "1":
            raise MemoryError("no room")
        return train(worker, payload)

    with monkeypatch.context() as short:
        short.setattr(job.Worker, "train", starved)
        search(runners(ready, journal, store), Clock(0.0, None), Silent())
    assert not all(outcome["ok"] for outcome in outcomes(journal).values())
    journal.event("resumed", used=0.0)
    found = search(runners(ready, journal, store), Clock(0.0, None), Silent())
    always = Journal.create(None, {})
    whole = search(runners(ready, always), Clock(0.0, None), Silent())
    told = learned(always)
    assert told == {key: value for key, value in learned(journal).items() if key in told}
    assert files(found, tmp_path / "found") == files(whole, tmp_path / "whole")
