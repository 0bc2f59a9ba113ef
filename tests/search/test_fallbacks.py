"""What stands in where the search has nothing to show."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.search.explored import Explored
from honed.search.fallbacks import fall_back, train_a_default
from honed.search.training import Training

pytestmark = pytest.mark.slow


def test_the_first_network_stands_in_where_the_default_diverges(runners: Make) -> None:
    runner = runners(prepared(trees()))
    explored = Explored()
    explored.ask([candidate(optimizer="sgd", learning_rate=100.0, batch_size=8)])
    fall_back(runner, explored, None)
    assert [c.name for c in explored.candidates] == ["the first network"]


def test_a_default_is_fully_trained_where_the_first_diverges(runners: Make) -> None:
    runner = runners(prepared(trees()))
    diverging = replace(
        candidate(0, optimizer="sgd", learning_rate=100.0, batch_size=8), reason="as published"
    )
    found, second, third = candidate(1), *(replace(candidate(n), reason="as published") for n in (2, 3))
    explored = Explored(2)
    explored.ask([diverging, found, second, third])
    train_a_default(runner, explored, None)
    assert [c.number for c in explored.candidates] == [0, 2]
    assert [c.number for c in explored.best_first()] == [2]
    train_a_default(runner, explored, None)
    assert len(explored.candidates) == 2


def test_a_default_that_was_late_to_explore_is_trained_in_the_time_after(runners: Make) -> None:
    runner = runners(prepared(trees()))
    default = replace(candidate(0), reason="as published")
    assert not runner.train([Training("full", default, "0")], time.monotonic() - 1)
    explored = Explored()
    explored.ask([default])
    train_a_default(runner, explored, time.monotonic() + 600)
    assert [c.number for c in explored.best_first()] == [0]
    assert not explored.fell_back
