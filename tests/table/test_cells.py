"""Cells to numbers and texts."""

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table.cells import all_numbers, is_present, match, numbers, spellings, texts


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
        " a",
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


def test_the_word_nan_is_missing_among_numbers_only():
    assert is_present(pl.Series(["1", "nan"])).to_list() == [True, False]
    assert is_present(pl.Series(["a", "nan"])).to_list() == [True, True]


def test_match_compares_numbers_as_numbers():
    np.testing.assert_array_equal(
        match(pl.Series(["1.0", "2", "3", None, "x"]), ("2", "1")), [1, 0, -2, -1, -2]
    )


def test_match_compares_words_as_words():
    np.testing.assert_array_equal(match(pl.Series(["A", "a", "", "1"]), ("a", "1")), [-2, 0, -1, 1])


def test_match_takes_true_in_any_case():
    np.testing.assert_array_equal(match(pl.Series(["True", "FALSE"]), ("false", "true")), [1, 0])
    np.testing.assert_array_equal(match(pl.Series([True, None]), ("False", "True")), [1, -1])


def test_most_frequent_spelling_of_a_number_is_kept():
    assert spellings(pl.Series(["1.0", "1", "1.0", "2"])) == {1.0: "1.0", 2.0: "2"}
