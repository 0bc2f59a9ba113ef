"""The user's own folds: by a column, or by pairs of positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import KFold, LeaveOneGroupOut, ShuffleSplit, TimeSeriesSplit

from honed.errors import InputError
from honed.table.own_folds import by_column, by_pairs

ROWS = np.arange(60)


def test_each_value_validates_in_turn_and_the_last_scores() -> None:
    cells = pl.Series("part", [10, 9, 2, None] * 15)
    splits = by_column(cells, "t.csv")
    assert splits.outer.tolist() == ROWS[0::4].tolist()
    assert [fold.valid.tolist() for fold in splits.folds] == [ROWS[2::4].tolist(), ROWS[1::4].tolist()]
    for fold in splits.folds:
        assert set(ROWS[3::4]) <= set(fold.train.tolist())
        assert not set(fold.train) & (set(fold.valid) | set(splits.outer))
    assert "those whose 'part' is '10', the last" in splits.reason
    assert splits.reason.endswith("15 rows without a value always train")


@pytest.mark.parametrize("count", [1, 2, 51])
def test_too_few_and_too_many_values_are_refused(count: int) -> None:
    with pytest.raises(InputError, match=f"has {count} distinct value"):
        by_column(pl.Series("part", [f"v{row % count}" for row in range(102)]), "t.csv")


@pytest.mark.parametrize(
    ("splitter", "repeats"),
    [
        (KFold(4), 1),
        (TimeSeriesSplit(4), 1),
        (LeaveOneGroupOut(), 1),
        (ShuffleSplit(4, random_state=0), None),
    ],
)
def test_splitters_of_scikit_learn_give_folds(splitter: Any, repeats: int | None) -> None:
    pairs = list(splitter.split(ROWS, ROWS, ROWS % 4 if isinstance(splitter, LeaveOneGroupOut) else None))
    splits = by_pairs(pairs, 60)
    assert splits.outer.tolist() == np.sort(pairs[-1][1]).tolist()
    assert len(splits.folds) == len(pairs) - 1
    for fold, (train, test) in zip(splits.folds, pairs, strict=False):
        assert set(fold.train) == set(train) - set(splits.outer)
        assert set(fold.valid) == set(test) - set(splits.outer)
    assert repeats is None or splits.repeats == repeats


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([(ROWS[:30], ROWS[30:])], "gives 1 split, and at least 2"),
        ([(ROWS[:30], ROWS[30:])] * 2, "no rows to choose by"),
        ([(ROWS[:30], ROWS[20:40]), (ROWS[:30], ROWS[50:])], "trains and tests on one row"),
        ([(ROWS[:30], ROWS[30:] + 5)] * 2, "a position 64"),
        ([("a", "b")], "something else than pairs"),
        (7, "something else than pairs"),
    ],
)
def test_splits_that_choose_nothing_are_refused(pairs: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        by_pairs(pairs, 60)


def test_words_for_the_parts_of_a_split_mean_what_they_say() -> None:
    cells = pl.Series("split", ["train", "Test", None, "val", "TRAIN", "test"] * 10)
    splits = by_column(cells, "t.csv")
    assert splits.outer.tolist() == sorted([*ROWS[1::6], *ROWS[5::6]])
    (fold,) = splits.folds
    assert fold.valid.tolist() == ROWS[3::6].tolist()
    assert fold.train.tolist() == sorted([*ROWS[0::6], *ROWS[2::6], *ROWS[4::6]])
    assert "that 'split' calls test" in splits.reason
