"""Confirming the leaders."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest
from search_helpers import Make, candidate, explored_of, found, prepared, trees

from honed.run.journal import Journal
from honed.search import plan
from honed.search.confirm import confirm, whole_rounds
from honed.search.training import Training
from honed.trials import trainings


def test_half_a_round_of_confirmation_counts_for_nobody() -> None:
    one, two = candidate(0), candidate(1)
    rounds = [[Training("confirm", c, "0", seed) for c in (one, two)] for seed in (1, 2)]
    done = {t: found(t, 1.0) for t in (*rounds[0], rounds[1][0])}
    assert whole_rounds(rounds, done) == {0: [rounds[0][0]], 1: [rounds[0][1]]}


def test_a_failure_in_confirmation_is_left_out_and_ends_no_round() -> None:
    one, two = candidate(0), candidate(1)
    rounds = [[Training("confirm", c, "0", 1) for c in (one, two)]]
    done = {rounds[0][0]: found(rounds[0][0], math.inf), rounds[0][1]: found(rounds[0][1], 1.0)}
    assert whole_rounds(rounds, done) == {1: [rounds[0][1]]}


@pytest.mark.slow
def test_rounds_that_would_not_end_are_not_begun(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan.make(
        rows=150, train_rows=100, folds=5, budget=9.0, workers=1, epoch_seconds=0.01, compile_seconds=1.0
    )
    the_plan, now = replace(made, leaders=2, more=3), [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    journal = Journal.create(None, {"budget": 9.0})
    runner = runners(prepared(trees()), journal)
    explored = explored_of(candidate(0), candidate(1), folds=1)  # each of which took a second

    def confirmed(until: float) -> list[int]:
        return [len(own) for own in confirm(runner, the_plan, explored, until)[1].values()]

    assert confirmed(5.5) == [2, 2]
    assert len(list(trainings(journal.events))) == 4
    now[0] = 100.0  # a replay does as the journal says
    assert confirmed(5.5) == [2, 2]
    journal.event("extended", budget=9.0)
    assert confirmed(102.5) == [3, 3], "those that are done take no time"
    journal.event("extended", budget=9.0)
    assert confirmed(99.0) == [3, 3]
