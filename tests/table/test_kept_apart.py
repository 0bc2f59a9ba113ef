"""Rows kept apart of those that came after a run: whole, new, the newest, and in no training."""

from __future__ import annotations

import numpy as np
import pytest

from honed.errors import InputError
from honed.table.kept_apart import Along, keep_apart
from honed.table.order import Gap, Times

Y = np.random.default_rng(0).normal(size=1_000)
NEW = np.arange(600, 1_000)


def test_half_of_few_new_rows_are_kept_apart_and_all_others_train() -> None:
    found = keep_apart(Y, "regression", NEW, "new.csv")
    (fold,) = found.folds
    assert len(found.outer) == 200 and found.outer.min() >= 600
    assert np.array_equal(np.sort(np.append(found.outer, fold.train)), np.arange(1_000))
    assert not len(fold.valid)
    assert np.array_equal(found.known(1_000), fold.train)


def test_of_many_new_rows_a_share_is_kept_apart() -> None:
    many = np.zeros(20_000)
    found = keep_apart(many, "regression", np.arange(10_000, 20_000), "new.csv")
    assert len(found.outer) == 1_500


def test_each_class_is_kept_apart_in_proportion() -> None:
    y = np.tile([0, 0, 0, 1], 250).astype(np.int32)
    found = keep_apart(y, "binary", NEW, "new.csv")
    assert abs(int(y[found.outer].sum()) - 50) <= 1


def test_along_time_the_newest_are_kept_apart_and_none_that_is_later_trains() -> None:
    rng = np.random.default_rng(1)
    times = np.append(np.arange(600.0), 500.0 + rng.permutation(400))  # some new rows lie before old ones
    along = Along("day", Times(times, False), Gap())
    found = keep_apart(Y, "regression", NEW, "new.csv", along=along)
    train = found.folds[0].train
    assert times[found.outer].min() > times[train].max()
    assert np.array_equal(np.sort(times[found.outer]), np.arange(700.0, 900.0))


def test_a_gap_lies_unused_and_rows_without_a_time_train() -> None:
    times = np.arange(1_000.0)
    times[[3, 700]] = np.nan
    along = Along("day", Times(times, False), Gap(rows=50))
    found = keep_apart(Y, "regression", NEW, "new.csv", along=along)
    train = found.folds[0].train
    assert {3, 700} <= set(train.tolist())
    assert np.nanmax(times[train]) == times[found.outer].min() - 51


def test_whole_groups_are_kept_apart_that_the_old_rows_do_not_have() -> None:
    groups = np.arange(1_000) // 10
    groups[600:700] = 5  # of old rows too
    found = keep_apart(Y, "regression", NEW, "new.csv", groups=groups)
    train = found.folds[0].train
    assert not set(groups[found.outer]) & set(groups[train])
    assert 5 in groups[train] and not found.notes
    assert 150 <= len(found.outer) <= 200


def test_groups_that_the_old_rows_have_are_told() -> None:
    groups = np.arange(1_000) % 20
    found = keep_apart(Y, "regression", NEW, "new.csv", groups=groups)
    assert not set(groups[found.outer]) & set(groups[found.folds[0].train])
    assert found.outer.min() >= 600
    assert "of groups that the old model knows" in found.notes[0]


def test_groups_that_are_new_but_hold_few_rows_are_not_all_that_is_kept_apart() -> None:
    groups = np.arange(1_000) % 20
    groups[[700, 800]] = 20, 21
    found = keep_apart(Y, "regression", NEW, "new.csv", groups=groups)
    assert len(found.outer) >= 100
    assert "of groups that the old model knows" in found.notes[0]


def test_rows_of_the_run_that_the_trainings_compared_do_without_are_counted() -> None:
    times = np.append(np.arange(600.0), np.arange(300.0, 700.0))
    along = Along("day", Times(times, False), Gap())
    found = keep_apart(Y, "regression", NEW, "new.csv", along=along)
    (note,) = found.notes
    assert (times[:600] >= times[found.outer].min()).sum() == 100
    assert note.startswith("Of the run's own rows 100 came no earlier than those kept apart")
    groups = np.arange(1_000) % 20
    found = keep_apart(Y, "regression", NEW, "new.csv", groups=groups)
    shared = np.isin(groups[:600], groups[found.outer]).sum()
    assert found.notes[1].startswith(f"Of the run's own rows {shared} are of the groups of those kept apart")


@pytest.mark.parametrize(
    ("y", "more"),
    [
        (np.arange(1_000) // 2, {}),
        (np.arange(1_000) % 2, {"groups": np.append(np.zeros(999), 1).astype(np.int32)}),
        (
            np.arange(1_000) % 2,
            {"along": Along("day", Times(np.append(np.zeros(999), 1.0), False), Gap())},
        ),
    ],
)
def test_too_few_rows_to_compare_on_are_refused(y: np.ndarray, more: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"of its 400 rows only [01] can be kept apart.* 5 is the least"):
        keep_apart(y, "multiclass", NEW, "new.csv", **more)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("new", "more", "message"),
    [
        (NEW[:9], {}, "new.csv has 9 rows to learn from"),
        (NEW, {"groups": np.append(np.arange(600), np.full(400, 900))}, "rows of one group alone"),
        (NEW, {"along": Along("day", Times(np.zeros(1_000), False), Gap())}, "fewer than two times by 'day'"),
        (
            np.arange(1_000),
            {"along": Along("day", Times(np.arange(1_000.0), False), Gap(900))},
            "none is left",
        ),
    ],
)
def test_what_leaves_nothing_to_compare_on_is_refused(
    new: np.ndarray, more: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        keep_apart(Y, "regression", new, "new.csv", **more)  # pyright: ignore[reportArgumentType]
