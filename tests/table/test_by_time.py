"""Rows to outer rows and folds along time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honed.errors import InputError
from honed.table.by_time import split_by_time, stretches
from honed.table.order import Gap, Times


def times(values: object, are_dates: bool = False) -> Times:
    return Times(np.asarray(values, np.float64), are_dates)


@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=80).filter(lambda values: len(set(values)) >= 3),
    st.integers(0, 2),
)
def test_nothing_is_learned_from_what_comes_later(values: list[int], gap: int) -> None:
    order = np.array(values, np.float64)
    try:
        splits = split_by_time(times(values), "day", Gap(rows=gap))
    except InputError:
        assert gap
        return
    assert len(splits.outer)
    for fold in splits.folds:
        assert len(fold.train) and len(fold.valid)
        assert order[fold.train].max() < order[fold.valid].min()
        assert order[fold.valid].max() < order[splits.outer].min()
        between = (order > order[fold.train].max()) & (order < order[fold.valid].min())
        assert between.sum() >= gap
    validated = np.concatenate([fold.valid for fold in splits.folds])
    assert len(np.unique(validated)) == len(validated)
    assert [len(fold.train) for fold in splits.folds] == sorted(
        (len(f.train) for f in splits.folds), reverse=True
    )


def test_the_order_of_the_table_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    shuffled = rng.permutation(400)
    straight, other = split_by_time(times(np.arange(400)), "t"), split_by_time(times(shuffled), "t")
    assert set(shuffled[other.outer]) == set(straight.outer.tolist()) == set(range(340, 400))
    for one, two in zip(straight.folds, other.folds, strict=True):
        assert set(shuffled[two.train]) == set(one.train.tolist())
    assert [(len(f.train), len(f.valid)) for f in straight.folds[:2]] == [(306, 34), (272, 34)]
    assert straight.inner is not None and straight.inner.tolist() == list(range(340))


def test_rows_of_one_time_stay_together() -> None:
    days = np.arange(300) // 30
    splits = split_by_time(times(days), "day")
    assert set(days[splits.outer]) == {9} or set(days[splits.outer]) == {8, 9}
    for fold in splits.folds:
        assert not set(days[fold.train]) & set(days[fold.valid])


def test_a_duration_leaves_that_much_time_unused() -> None:
    hours = np.arange(500) * 3600.0
    splits = split_by_time(times(hours, are_dates=True), "when", Gap(seconds=86_400.0))
    for fold in splits.folds:
        assert hours[fold.valid].min() - hours[fold.train].max() == 86_400.0
    assert splits.inner is not None
    assert hours[splits.outer].min() - hours[splits.inner].max() == 86_400.0
    assert "a gap of 1 day left unused" in splits.reason
    assert "from 1970-01-18 17:00 on" in splits.reason


def test_rows_without_a_time_are_in_no_fold_and_said() -> None:
    values = np.append(np.arange(100.0), [np.nan, np.nan])
    splits = split_by_time(times(values), "t")
    used = np.concatenate([splits.outer, splits.folds[0].train, splits.folds[0].valid])
    assert set(used.tolist()) == set(range(100))
    assert splits.reason.endswith("2 rows without a time are in neither")


def test_large_tables_validate_once() -> None:
    splits = split_by_time(times(np.arange(40_000)), "t")
    assert (len(splits.outer), len(splits.folds), splits.inner) == (4_000, 1, None)
    assert splits.folds[0].valid.min() == splits.folds[0].train.max() + 1


def test_the_random_split_beside_has_the_same_sizes() -> None:
    splits = split_by_time(times(np.arange(1_000)), "t", Gap(rows=50), seed=3)
    other = splits.otherwise
    assert other is not None and splits.inner is not None and other.how == "random"
    assert (len(other.outer), len(other.train)) == (len(splits.outer), len(splits.inner))
    assert not set(other.outer) & set(other.train)
    assert other.outer.min() < 500


def test_a_gap_that_eats_all_rows_is_refused() -> None:
    with pytest.raises(InputError, match="A gap of 95 rows along 'day' leaves too few of 100 rows"):
        split_by_time(times(np.arange(100)), "day", Gap(rows=95))


def test_stretches_are_runs_of_time() -> None:
    values = np.random.default_rng(0).permutation(100)
    found = stretches(values)
    np.testing.assert_array_equal(found, values // 10)
    assert len(set(stretches(np.zeros(50)))) == 1
