"""Cells of numeric columns that are no numbers."""

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table.bad_cells import all_of, count, emptied, missing_words, said_of_emptied, say_of_words

FRAME = pl.DataFrame(
    {"x": ["1", "one", None, "inf"], "word": ["a", "b", "c", "d"], "z": [" 2", "", "two", "nan"]}
)


def test_a_refusal_names_all_cells_by_row():
    said = "3 cells .*: column 'x', row 2: 'one'; column 'z', row 3: 'two'; column 'x', row 4: 'inf'. Correct"
    with pytest.raises(InputError, match=said):
        all_of(FRAME, ["x", "z"])


def test_a_refusal_of_one_cell_says_what_is_wrong_with_it():
    with pytest.raises(
        InputError, match=r"Column 'z', row 3: 'two' is not a number, and the column is numeric\."
    ):
        all_of(FRAME, ["z"])


def test_a_refusal_names_ten_and_counts_the_rest():
    frame = pl.DataFrame({"x": ["1", *("many " * 100 for _ in range(1500))]})
    with pytest.raises(InputError, match=r"1,500 cells .*row 11: .*; and 1,490 more") as caught:
        all_of(frame, ["x"])
    assert "row 12" not in str(caught.value)


def test_taken_as_empty_they_are_missing_and_named():
    frame, bad = emptied(FRAME, ["x", "z", "absent"])
    assert frame["x"].to_list() == ["1", None, None, None]
    assert frame["word"].equals(FRAME["word"])
    assert said_of_emptied(*bad).startswith(
        "Took 3 cells as empty that cannot be read: column 'x', row 2: 'one'; "
    )
    np.testing.assert_array_equal(all_of(frame, ["x", "z"]), [[1, *[np.nan] * 3], [2, *[np.nan] * 3]])
    typed, bad = emptied(pl.DataFrame({"x": [1.0, np.inf]}), ["x"])
    assert (typed["x"].to_list(), "'inf'" in bad.shown[0]) == (["1", None], True)


def test_dates_are_looked_at_too():
    frame = FRAME.with_columns(pl.Series("day", ["2020-01-31", "soon", None, "2020-02-31"]))
    said = "4 cells .*: column 'x', row 2: 'one'; column 'day', row 2: 'soon'; column 'x', row 4"
    with pytest.raises(InputError, match=said):
        all_of(frame, ["x"], ["day"])
    found, _ = emptied(frame, ["x"], ["day"])
    assert found["day"].null_count() == 3
    assert len(all_of(found, ["x"], ["day"])) == 1


def test_a_table_without_them_stays():
    frame = FRAME.head(1)
    assert emptied(frame, ["x", "z"]) == (frame, (0, []))


def test_rows_before_the_table_count_in_what_is_said():
    with pytest.raises(InputError, match="row 1002: 'one'"):
        all_of(FRAME.head(2), ["x"], before=1000)
    assert count(FRAME, ["x"], before=1000).shown[0] == "column 'x', row 1002: 'one'"


def test_words_for_missing_that_training_did_not_have_are_counted() -> None:
    given = pl.DataFrame(
        {"a": ["NA", "1", "?", "", "nan"], "b": ["NA", "x", "y", "z", "z"], "c": [1, 2, 3, 4, 5]}
    )
    read = given.with_columns(pl.Series("a", [None, "1", None, None, "nan"]))
    found = missing_words(given, read, {"a": ("?",), "c": (), "none": ()}, before=7)
    assert found == (1, ["column 'a', row 8: 'NA'"])
    said: list[str] = []
    say_of_words(given, read, {"a": ()}, said.append)
    assert said == [
        "Took 2 cells as empty that hold a word for missing: column 'a', row 1: 'NA'; column 'a', row 3: '?'."
    ]
    say_of_words(given, read, {"a": ("NA", "?")}, said.append)
    assert len(said) == 1
