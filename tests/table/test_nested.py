"""Rounds in which other rows are unseen."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import KFold, TimeSeriesSplit

from honed.table.nested import deal_rounds, rounds_of_own_folds
from honed.table.own_folds import by_column, by_pairs
from honed.table.split import Splits, split


def check(first: Splits, rounds: tuple[Splits, ...]) -> np.ndarray:
    """What holds for all rounds: no row is unseen twice, none of a fold is unseen; the rows that are unseen."""
    unseen = np.concatenate([first.outer, *(each.outer for each in rounds)])
    assert len(np.unique(unseen)) == len(unseen)
    for each in rounds:
        assert len(each.outer)
        for fold in each.folds:
            assert len(fold.train)
            assert len(fold.valid)
            assert not np.intersect1d(fold.train, fold.valid).size
            assert not np.intersect1d(each.outer, np.concatenate([fold.train, fold.valid])).size
    return np.sort(unseen)


@given(st.integers(12, 80), st.integers(1, 6), st.integers(0, 3))
def test_every_row_is_unseen_once(rows: int, number: int, seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=rows)
    first = split(y, "regression", seed=seed)
    rounds = deal_rounds(first, y, "regression", number=number, seed=seed)
    assert len(rounds) == number
    assert check(first, rounds).tolist() == list(range(rows))


def test_each_round_has_its_share_of_each_class() -> None:
    y = np.arange(200) % 10 // 8  # four zeros to a one
    rounds = deal_rounds(split(y, "binary"), y, "binary", number=4)
    assert all(
        np.bincount(y[each.outer]).tolist() == [34, 8] or y[each.outer].mean() < 0.3 for each in rounds
    )
    assert {round(float(y[each.outer].mean()), 1) for each in rounds} == {0.2}


def test_both_rows_of_a_class_of_two_are_always_learned_from() -> None:
    y = np.array([0] * 30 + [1] * 30 + [2] * 2)
    first = split(y, "multiclass")
    assert check(first, deal_rounds(first, y, "multiclass", number=4)).tolist() == list(range(60))


@given(st.lists(st.integers(0, 12), min_size=10, max_size=60))
def test_groups_are_unseen_as_a_whole(groups: list[int]) -> None:
    codes, y = np.array(groups), np.arange(len(groups)) % 3
    first = split(y, "multiclass", groups=codes)
    for each in deal_rounds(first, y, "multiclass", number=4, groups=codes) if len(set(groups)) > 2 else ():
        inner = np.setdiff1d(np.arange(len(codes)), each.outer)
        assert not set(codes[each.outer]) & set(codes[inner])


@pytest.mark.parametrize(("values", "rounds"), [(3, 2), (5, 4), (12, 4)])
def test_own_folds_are_kept_apart_as_they_are(values: int, rounds: int) -> None:
    own = np.arange(60) % values
    first = by_column(pl.Series("fold", own), "t.csv")
    found = rounds_of_own_folds(first, 4)
    assert len(found) == rounds
    assert check(first, found).tolist() == list(range(60))
    for each in found:
        for rows in [each.outer, *(fold.valid for fold in each.folds)]:
            assert not np.isin(own[np.setdiff1d(np.arange(60), rows)], own[rows]).any()


def test_folds_along_time_are_no_shares_of_the_rows() -> None:
    rows = np.zeros((40, 1))
    assert len(rounds_of_own_folds(by_pairs(KFold(5).split(rows), 40), 4)) == 4
    assert rounds_of_own_folds(by_pairs(TimeSeriesSplit(5).split(rows), 40), 4) == ()
