"""What a search has found so far."""

from __future__ import annotations

import math

import pytest
from search_helpers import candidate, explored_of, found

from honed.search.explored import Explored
from honed.search.training import Training


def test_the_best_come_first_and_what_has_no_loss_not_at_all() -> None:
    explored = explored_of(candidate(2), candidate(0), folds=2)
    lost = candidate(1)
    explored.record_full(
        [found(Training("full", lost, str(fold)), loss) for fold, loss in ((0, 1.0), (1, math.inf))]
    )
    assert [c.number for c in explored.best_first()] == [0, 2]
    assert [c.number for c in explored.candidates] == [2, 0, 1]


def test_a_full_training_has_every_fold_in_its_order() -> None:
    explored = Explored(folds=2)
    with pytest.raises(AssertionError):
        explored.record_full([found(Training("full", candidate(), "1"), 1.0)])


def test_candidates_that_did_not_end_on_each_fold_are_asked_for_and_no_more() -> None:
    explored, whole, half, none = Explored(folds=2), candidate(0), candidate(1), candidate(2)
    trainings = [Training("full", whole, "0"), Training("full", half, "0"), Training("full", whole, "1")]
    results = {training: found(training, 1.0) for training in trainings}
    explored.record_trained([whole, half, none], results)
    assert list(explored.full) == [0]
    assert [c.number for c in explored.asked] == [0, 1, 2]


def test_failures_are_kept_until_somebody_has_looked() -> None:
    explored, tried = Explored(), Training("quick", candidate(3), "0")
    explored.record_quick(found(tried, math.inf), is_failure=True)
    explored.record_quick(found(Training("quick", candidate(4), "0"), 0.5))
    assert list(explored.failed) == [tried]
    assert explored.quick == {3: math.inf, 4: 0.5}
    explored.forget_failures()
    assert not explored.failed


def test_the_one_that_is_fallen_back_on_stands_for_all() -> None:
    explored = explored_of(candidate(0), candidate(1), folds=3)
    explored.fall_back(found(Training("first", candidate(-1), "0"), 2.0))
    assert [c.number for c in explored.best_first()] == [-1]
    assert explored.folds == 1


def test_who_is_no_longer_among_the_best_is_told_once() -> None:
    explored = Explored(folds=1)
    told = []
    for number, loss in enumerate((3.0, 1.0, math.inf, 2.0, 0.5, 4.0)):
        explored.record_full([found(Training("full", candidate(number), "0"), loss)])
        told.append([c.number for c in explored.outranked(2)])
    assert told == [[], [], [2], [0], [3], [5]]
    assert [c.number for c in explored.best_first()] == [4, 1, 3, 0, 5]
