from __future__ import annotations

import numpy as np
import pytest
from told_runs import Make, outer

from honed.families.table.unseen.rows import Seen, few, frequent, tell, thinned


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_quick_answers_are_those_of_the_model(make: Make, task: str) -> None:
    run = make(task, searched=True)
    prepared = run.prepared
    places = prepared.source.places[prepared.splits.outer]
    frame = prepared.source.table.frame[places.tolist()]
    truth, told = outer(run)
    np.testing.assert_allclose(tell(run.model, frame), told, rtol=1e-5)
    seen = Seen(frame, places + 1, truth, told, run.model)
    assert seen.classes == run.model.classes
    assert seen.affordable(1, 10**9) == len(truth)


def test_points_are_thinned_between_first_and_last() -> None:
    kept = thinned(10_000)
    assert (kept[0], kept[-1], len(kept)) == (0, 9_999, 400)
    np.testing.assert_array_equal(thinned(3), [0, 1, 2])


def test_numbers_have_six_digits() -> None:
    assert few(np.array([1 / 3, 1e9])) == [0.333333, 1e9]


def test_the_most_frequent_class_is_shown_however_rare() -> None:
    assert frequent(np.array([0, 1, 1])) == [1]
    assert frequent(np.repeat([2, 0, 1], [9, 20, 30])) == [1, 0]
