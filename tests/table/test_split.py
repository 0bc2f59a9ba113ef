"""Rows to outer rows and folds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honed.table.split import most_hold_out, most_outer, split


def check(splits, rows: int) -> None:
    """What holds for every split: folds are disjoint, outer rows are in none, all have rows on both sides."""
    outer = set(splits.outer.tolist())
    for fold in splits.folds:
        train, valid = set(fold.train.tolist()), set(fold.valid.tolist())
        assert train
        assert valid
        assert not train & valid
        assert not outer & (train | valid)
        assert max(train | valid) < rows
        assert fold.train.dtype == np.int32
        assert (np.diff(fold.train) > 0).all()


@given(st.lists(st.integers(0, 4), min_size=2, max_size=60), st.integers(0, 3))
def test_any_classes_can_be_split(classes, seed):
    check(split(np.array(classes), "multiclass", seed=seed), len(classes))


@given(st.lists(st.integers(0, 12), min_size=3, max_size=60))
def test_groups_stay_whole(groups):
    groups = np.array(groups)
    splits = split(np.arange(len(groups)) % 3, "multiclass", groups=groups)
    check(splits, len(groups))
    if len(np.unique(groups)) < 3:
        return
    parts = [(splits.outer, np.setdiff1d(np.arange(len(groups)), splits.outer))]
    parts += [(fold.train, fold.valid) for fold in splits.folds]
    for one, other in parts:
        assert not set(groups[one]) & set(groups[other])
    for fold in splits.folds:
        assert len(fold.valid) <= len(fold.train)


@pytest.mark.parametrize("most", [520, 700, 900, 980])
@pytest.mark.parametrize("by", [1, 10])
def test_a_group_of_most_rows_always_trains(most, by):
    """The others are shared between the folds and the final score, so that both have some to tell by."""
    groups = np.append(np.full(most, -1), np.arange(1_000 - most) // by)
    splits = split(np.random.default_rng(0).normal(size=1_000), "regression", groups=groups)
    check(splits, 1_000)
    assert len(splits.folds) >= (2 if by == 1 else 1)
    for fold in splits.folds:
        assert set(range(most)) <= set(fold.train.tolist())
        assert not set(groups[fold.train]) & set(groups[fold.valid])
    validated = np.unique(np.concatenate([fold.valid for fold in splits.folds]))
    assert len(validated) + len(splits.outer) == 1_000 - most
    assert min(len(validated), len(splits.outer)) >= min(150, (1_000 - most) // 2 - by)
    assert f"the {most} of the largest group always train" in splits.reason


@pytest.mark.parametrize(
    ("rows", "outer", "folds", "repeats"),
    [(2, 0, 4, 2), (3, 0, 6, 2), (100, 15, 10, 2), (5_000, 750, 5, 1), (40_000, 4_000, 1, 1)],
)
def test_sizes_follow_the_rule(rows, outer, folds, repeats):
    splits = split(np.linspace(0, 1, rows), "regression")
    check(splits, rows)
    assert (len(splits.outer), len(splits.folds), splits.repeats) == (outer, folds, repeats)


def test_each_repeat_validates_every_inner_row_once():
    splits = split(np.arange(200) % 2, "binary")
    for repeat in range(2):
        valid = np.concatenate([fold.valid for fold in splits.folds[5 * repeat : 5 * repeat + 5]])
        np.testing.assert_array_equal(np.sort(valid), np.setdiff1d(np.arange(200), splits.outer))
    assert not np.array_equal(splits.folds[0].valid, splits.folds[5].valid)
    assert splits.once == {"0", "1", "2", "3", "4"}


def test_classes_keep_their_shares():
    y = np.repeat([0, 1, 2], [700, 200, 100])
    splits = split(y, "multiclass")
    for part in (splits.outer, *(fold.valid for fold in splits.folds)):
        np.testing.assert_allclose(np.bincount(y[part]) / len(part), [0.7, 0.2, 0.1], atol=0.02)


def test_quantities_keep_their_distribution():
    y = np.random.default_rng(0).lognormal(size=1_000)
    for fold in split(y, "regression").folds:
        assert abs(np.median(y[fold.valid]) - np.median(y)) < 0.05


def test_class_of_two_rows_is_in_every_training_part():
    y = np.array([0] * 50 + [1] * 2)
    for seed in range(20):
        for fold in split(y, "binary", seed=seed).folds:
            assert (y[fold.train] == 1).any()


def test_given_rows_are_the_only_ones_to_validate_on():
    splits = split(np.arange(100) % 2, "binary", valid_rows=np.arange(80, 100))
    check(splits, 100)
    assert len(splits.folds) == 1
    np.testing.assert_array_equal(splits.folds[0].valid, np.arange(80, 100))
    assert len(splits.outer) == 12
    assert len(splits.folds[0].train) == 68


def test_equal_seeds_give_equal_splits_and_others_do_not():
    y = np.arange(100) % 2
    assert np.array_equal(split(y, "binary", seed=1).outer, split(y, "binary", seed=1).outer)
    assert not np.array_equal(split(y, "binary", seed=1).outer, split(y, "binary", seed=2).outer)


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 100))
def test_group_folds_of_a_large_table_are_of_even_size(seed):
    groups = np.random.default_rng(seed).integers(0, 2_000, 6_000)
    splits = split(np.zeros(6_000), "regression", groups=groups, seed=seed)
    sizes = [len(fold.valid) for fold in splits.folds]
    assert max(sizes) - min(sizes) < 50
    assert 0.1 < len(splits.outer) / 6_000 <= 0.15


@pytest.mark.parametrize("rows", [6, 60, 1_200, 24_000, 50_000])
@pytest.mark.parametrize("has_valid_rows", [False, True])
def test_no_part_is_ever_empty_whatever_the_groups(rows, has_valid_rows):
    rng = np.random.default_rng(rows)
    for seed in range(25):
        count = int(rng.integers(3, 7))
        groups = rng.choice(count, rows, p=rng.dirichlet(np.full(count, rng.choice([0.05, 1, 10]))))
        groups[:count] = np.arange(count)  # each group has a row
        valid_rows = np.arange(rows - rows // 10 - 1, rows) if has_valid_rows and rows > 6 else None
        splits = split(rng.normal(size=rows), "regression", groups=groups, seed=seed, valid_rows=valid_rows)
        check(splits, rows)
        assert len(splits.outer)
        for fold in splits.folds:
            parts = [splits.outer, fold.train, *([] if has_valid_rows else [fold.valid])]
            names = [name for part in parts for name in np.unique(groups[part])]
            assert len(names) == len(set(names)), "a group is in two parts"


def test_three_groups_of_a_large_table_validate_one():
    splits = split(np.zeros(24_000), "regression", groups=np.arange(24_000) % 3)
    assert [len(part) for part in (splits.outer, splits.folds[0].train, splits.folds[0].valid)] == [8_000] * 3


def test_of_a_sample_as_many_rows_are_held_out_as_of_all() -> None:
    y = np.random.default_rng(0).normal(size=200_000)
    some, of_all = split(y, "regression"), split(y, "regression", of_rows=20_000_000)
    assert (len(some.outer), len(some.folds[0].valid)) == (4_000, 8_000)
    assert (len(of_all.outer), len(of_all.folds[0].valid)) == (20_000, 20_000)


def test_rows_held_out_grow_with_the_table_up_to_some_thousands() -> None:
    sizes = [10**4, 10**5, 5 * 10**5, 10**6, 10**7, 10**9]
    assert [most_outer(rows) for rows in sizes] == [4_000, 4_000, 10_000, 20_000, 20_000, 20_000]
    assert [most_hold_out(rows) for rows in sizes] == [8_000, 8_000, 20_000, 20_000, 20_000, 20_000]
