"""Cells to codes."""

import numpy as np
import polars as pl

from honed.encode import categorical


def test_missing_rare_and_levels_have_their_codes():
    cells = pl.Series(["b", "a", None, "new", ""])
    np.testing.assert_array_equal(categorical.codes(cells, ("a", "b")), [3, 2, 0, 1, 0])
    assert categorical.size(("a", "b")) == 4


def test_level_that_training_did_not_hold_becomes_rare():
    codes = np.array([0, 1, 2, 3], dtype=np.int32)
    seen = categorical.seen(np.array([2, 2, 0]), ("a", "b"))
    assert seen == (True, False)
    np.testing.assert_array_equal(categorical.unseen_to_rare(codes, seen), [0, 1, 2, 1])


def test_signs_are_minus_one_and_one_and_0_for_others():
    np.testing.assert_array_equal(categorical.signs(np.array([0, 1, -1, -2]), ("no", "yes")), [-1, 1, 0, 0])


def test_lone_level_is_one():
    np.testing.assert_array_equal(categorical.signs(np.array([0, -1]), ("yes",)), [1, 0])


def test_ranks_count_from_the_least_and_are_missing_elsewhere():
    cells = pl.Series(["high", None, "LOW", "odd", "mid"])
    np.testing.assert_array_equal(categorical.ranks(cells, ("low", "mid", "high")), [2, np.nan, 0, np.nan, 1])
