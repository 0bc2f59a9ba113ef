"""Cells to numbers and texts."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table.cells import (
    all_numbers,
    can_be_numbers,
    counts,
    is_present,
    match,
    numbers,
    spellings,
    texts,
    truth_spellings,
)


def test_whole_floats_and_integers_have_one_text():
    assert texts(pl.Series([1.0, 2.5, None, float("nan")])).to_list() == ["1", "2.5", None, None]
    assert texts(pl.Series([1, 2])).to_list() == ["1", "2"]


def test_blank_cells_are_missing_and_words_are_not():
    assert texts(pl.Series(["", "  ", None, "NA", "None", " a"])).to_list() == [
        None,
        None,
        None,
        "NA",
        "None",
        "a",
    ]


def test_numbers_are_parsed_with_spaces_around():
    np.testing.assert_array_equal(
        numbers(pl.Series([" 1", "2e3 ", "", None, "NaN"])), [1, 2000, np.nan, np.nan, np.nan]
    )


def test_text_among_numbers_is_named_with_row_and_value():
    with pytest.raises(InputError, match="Column 'a', row 3: 'oops' is not a number"):
        numbers(pl.Series("a", ["1", "", "oops", "bad"]))


def test_rows_are_named_by_their_place_in_the_file():
    with pytest.raises(InputError, match="row 12: 'x'"):
        numbers(pl.Series("a", ["1", "x"]), places=np.array([7, 12]))


@pytest.mark.parametrize("cells", [["1", "inf"], ["1", "-Infinity"], ["1", "1e999"], [1.0, float("inf")]])
def test_infinite_number_is_named(cells):
    with pytest.raises(InputError, match=r"Column 'a', row 2: .* is infinite"):
        numbers(pl.Series("a", cells))


def test_dates_are_no_numbers():
    with pytest.raises(InputError, match="is not a number"):
        numbers(pl.Series("a", ["2020-01-01"]).str.to_date())


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "", "2"], True),
        (["1", "NA"], False),
        (["nan", "nan"], False),
        (["1", "nan"], True),
        ([True, False], False),
    ],
)
def test_column_of_numbers_is_told_from_text(cells, expected):
    assert all_numbers(pl.Series(cells)) is expected


@pytest.mark.parametrize("place", [0, 1_000, 2_999])
@pytest.mark.parametrize(
    ("cell", "expected"), [("x", False), ("nan", True), (" 7 ", True), (" ", True), ("1e400", True)]
)
def test_a_long_column_of_numbers_is_told_by_all_its_cells(place, cell, expected):
    column = ["1.5", None, "2"] * 1_000
    column[place] = cell
    assert can_be_numbers(pl.Series("x", column)) == expected


@pytest.mark.parametrize("head", [" ", "nan", None])
def test_a_long_column_that_says_nothing_at_first_is_told_by_its_end(head):
    assert can_be_numbers(pl.Series("x", [head] * 2_000 + ["1"]))
    assert not can_be_numbers(pl.Series("x", [head] * 2_000 + ["word"]))


def test_the_word_nan_is_missing_among_numbers_only():
    assert is_present(pl.Series(["1", "nan"])).to_list() == [True, False]
    assert is_present(pl.Series(["a", "nan"])).to_list() == [True, True]


def test_match_compares_numbers_as_numbers():
    np.testing.assert_array_equal(
        match(pl.Series(["1.0", "2", "3", None, "x"]), ("2", "1")), [1, 0, -2, -1, -2]
    )


def test_match_compares_words_as_words():
    np.testing.assert_array_equal(match(pl.Series(["b", "a", "", "1"]), ("a", "1")), [-2, 0, -1, 1])


CODES = [
    ["1000000000000000001", "1000000000000000002"],
    ["01", "1"],
    ["007", "7", None, "12"],
    ["00", "0"],
    ["-9007199254740993", "5"],
    [str(10**30), str(10**30 + 1)],
    [10**18 + 1, 10**18 + 2, None],
    pl.Series([2**63 + 1, 2**63 + 2], dtype=pl.UInt64),
    pl.Series([Decimal(10**20), Decimal(10**20 + 1)]),
    pl.Series(["02134", "90210"], dtype=pl.Categorical),
]


@pytest.mark.parametrize("cells", CODES)
def test_whole_numbers_that_float64_would_merge_are_words(cells):
    column = pl.Series(cells)
    assert not all_numbers(column)
    assert texts(column).n_unique() == len(column)
    levels = texts(column).drop_nulls().to_list()
    expected = [-1 if cell is None else levels.index(cell) for cell in texts(column)]
    np.testing.assert_array_equal(match(column, levels), expected)


@pytest.mark.parametrize(
    "cells",
    [
        ["0", "0.5", "-0.3", "0e5"],
        ["007", "12.5", "3"],  # a fraction: the zeros are a slip
        ["007", "-12", "3"],
        ["0012.50", "0103.20"],
        ["1e20", "1000000000000000001.5"],
        ["9007199254740992", "-9007199254740992"],
        ["1" * 25, "0.5"],
        [2**53, None, -(2**53)],
        [1e300, 0.1],
        pl.Series([Decimal("0.25"), Decimal("1.50")]),
        [None, None],
    ],
)
def test_quantities_stay_numbers(cells):
    assert all_numbers(pl.Series(cells))


def test_a_level_is_not_met_by_another_whole_number_of_the_same_float():
    cells = pl.Series(["01", "1", "1.0", "001", "0001"])
    np.testing.assert_array_equal(match(cells, ("1", "001")), [-2, 0, 0, 1, -2])
    large = pl.Series([10**18 + 1, 10**18 + 2])
    np.testing.assert_array_equal(match(large, (str(10**18), str(10**18 + 2))), [-2, 1])


def test_a_column_of_codes_has_the_word_nan_missing():
    assert is_present(pl.Series(["01", "nan"])).to_list() == [True, False]


TRUTHS = [("false", "true"), ("f", "t"), ("no", "yes"), ("n", "y"), ("off", "on"), ("0", "1")]


@pytest.mark.parametrize("levels", TRUTHS)
def test_booleans_are_met_in_every_spelling(levels):
    for false, true in [*TRUTHS, ("0.0", "1.0")]:
        cells = pl.Series([true, false.upper(), f" {true.title()} ", None, "maybe"])
        np.testing.assert_array_equal(match(cells, levels), [1, 0, 1, -1, -2])
    np.testing.assert_array_equal(match(pl.Series([True, False, None]), levels), [1, 0, -1])
    np.testing.assert_array_equal(match(pl.Series([1, 0, None]), levels), [1, 0, -1])
    np.testing.assert_array_equal(match(pl.Series([1.0, 0.0, 2.0]), levels), [1, 0, -2])


def test_words_that_are_no_booleans_are_not_met_as_such():
    np.testing.assert_array_equal(match(pl.Series(["yes", "1", "true"]), ("n", "t")), [-2, -2, -2])
    np.testing.assert_array_equal(match(pl.Series(["yes", "True"]), ("no", "maybe")), [-2, -2])
    np.testing.assert_array_equal(match(pl.Series(["true", "2.0"]), ("2", "3")), [-2, 0])


def test_a_level_is_met_in_another_case_where_only_one_is_meant():
    cells = pl.Series(["ROME", " Rome", "oslo", "OSLO", "Bern"])
    np.testing.assert_array_equal(match(cells, ("Rome", "Oslo", "oslo")), [0, 0, 2, -2, -2])


def test_levels_with_spaces_are_met_without():
    np.testing.assert_array_equal(match(pl.Series(["a", "b "]), (" a", "b")), [0, 1])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["Y", "n", "N", "Yes", "y", "n"], ["n", "Y"]),
        (["TRUE", "False", "true", "TRUE", "0"], ["TRUE", "0"]),
        (["Yes", "yes", "YES"], []),
        (["y", "n", "f"], []),
        (["yes", "no", "maybe"], []),
        ([None], []),
    ],
)
def test_spellings_of_booleans_are_two_words(cells, expected):
    assert truth_spellings(counts(pl.Series(cells, dtype=pl.String))) == expected


def test_most_frequent_spelling_of_a_number_is_kept():
    assert spellings(pl.Series(["1.0", "1", "1.0", "2"])) == {1.0: "1.0", 2.0: "2"}
