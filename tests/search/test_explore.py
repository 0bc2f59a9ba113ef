"""Exploring: where nothing can be trained, and what a batch took."""

from __future__ import annotations

from typing import Any

import pytest
from search_helpers import Make, prepared, trees, tuned

from honed.errors import RunError
from honed.run.journal import Journal, failure
from honed.search import job

pytestmark = pytest.mark.slow


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
