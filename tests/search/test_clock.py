"""How much of a budget is used, by the journal."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from honed.run.journal import Journal
from honed.search.clock import budgets, budgets_of_search, seconds_before, seconds_used


def events(path: Path, monkeypatch: pytest.MonkeyPatch, *, worked: bool = True) -> Journal:
    """A journal of 7 seconds of work in two processes, whose machine slept and whose clock was set back."""
    wall, steady = iter((0.0, 90_000.0, 90_002.0, 5.0, 9.0)), iter((0.0, 0.0, 3.0, 5.0, 0.0, 0.0, 2.0))
    clocks = SimpleNamespace(time=lambda: next(wall), monotonic=lambda: next(steady))
    monkeypatch.setattr("honed.run.journal.time", clocks)
    with Journal.create(path, {"budget": 10.0}) as journal:
        journal.record("a", {"ok": True, "value": {}})
        journal.record("b", {"ok": True, "value": {}})
    with Journal.open(path) as journal:
        journal.event("resumed")
        journal.record("c", {"ok": True, "value": {}})
    if not worked:
        for event in journal.events:
            del event["worked"]
    return journal


def test_time_used_is_work_and_not_the_clock_on_the_wall(tmp_path: Path, monkeypatch: Any) -> None:
    assert seconds_used(events(tmp_path / "journal", monkeypatch)) == 7.0


def test_time_used_of_an_earlier_journal_goes_by_the_clock(tmp_path: Path, monkeypatch: Any) -> None:
    assert seconds_used(events(tmp_path / "journal", monkeypatch, worked=False)) == 90_006.0


def test_a_new_budget_begins_at_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    journal = events(tmp_path / "journal", monkeypatch)
    journal.events.append({**journal.events[0], "kind": "extended"})
    assert seconds_used(journal) == 0.0
    assert seconds_before(journal) == 7.0
    assert budgets(journal) == [10.0, 10.0]


def test_the_search_has_what_the_rounds_leave_that_are_to_come() -> None:
    journal = Journal.create(None, {"budget": 60.0})
    journal.event("round", number=1)
    journal.event("extended", budget=30.0)
    for number in (2, 3, 4):
        journal.event("round", number=number)
    journal.event("extended", budget=100.0)
    assert budgets_of_search(journal, 4, anew=True) == pytest.approx([36.0, 21.0, 100.0])
    assert budgets_of_search(journal, 0, anew=True) == [60.0, 30.0, 100.0]
    assert budgets_of_search(journal, 4, anew=False) == pytest.approx([51.0, 25.5, 85.0])
