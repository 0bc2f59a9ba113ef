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


def test_rows_without_a_time_always_train_and_are_said() -> None:
    values = np.append(np.arange(100.0), [np.nan, np.nan])
    splits = split_by_time(times(values), "t")
    assert splits.inner is not None
    for fold in splits.folds:
        assert set(fold.train) >= {100, 101} and not set(fold.valid) & {100, 101}
    assert set(splits.inner) >= {100, 101} and not set(splits.outer) & {100, 101}
    assert splits.reason.endswith("2 rows without a time always train")
    assert splits.notes == ()


def test_many_rows_without_a_time_are_a_doubt() -> None:
    (note,) = split_by_time(times(np.append(np.arange(100.0), np.full(50, np.nan))), "t").notes
    assert note.startswith("50 of 150 rows have no 't' and always train.")


def test_rows_nearly_all_of_one_time_are_a_doubt() -> None:
    (note,) = split_by_time(times(np.append(np.zeros(1_000), [1.0, 2.0])), "day").notes
    assert note.startswith("1,000 of 1,002 rows have the same 'day', 0, and rows of one time stay together")
    assert "1,000 train, 1 validate, 1 give the score: too few to rely on" in note
    assert split_by_time(times(np.arange(300) // 30), "day").notes == ()
    assert split_by_time(times(np.repeat([0, 1, 2], 50)), "day").notes == ()


def test_large_tables_validate_once_on_a_share_of_the_time() -> None:
    splits = split_by_time(times(np.arange(100_000)), "t")
    assert (len(splits.outer), len(splits.folds)) == (4_000, 1)
    assert splits.outer.min() >= 85_000 and splits.outer.max() < 100_000
    assert np.diff(splits.outer).max() <= 8  # one is drawn from each 3.75 rows
    (fold,) = splits.folds
    assert len(fold.valid) == 8_000
    assert fold.train.tolist() == list(range(72_250))
    assert fold.valid.min() >= 72_250 and fold.valid.max() < 85_000
    assert splits.known(100_000).tolist() == list(range(85_000))
    assert splits.reason == (
        "4,000 of 100,000 rows, drawn evenly from the 15,000 newest by 't' (from 85000 on), are kept for the final "
        "score alone; of those before 8,000, drawn evenly from 12,750, validate what was learned from the rows before "
        "72250"
    )
    assert split_by_time(times(np.arange(100_000)), "t", seed=1).outer.tolist() != splits.outer.tolist()


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
