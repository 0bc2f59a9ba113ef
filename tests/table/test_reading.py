import polars as pl
import pytest

from honed.table import reading
from honed.table.cells import texts
from honed.table.columns import infer
from honed.table.read import from_frame
from honed.table.reading import PLAIN, Reading, find, values


@pytest.mark.parametrize("word", ["NA", "n/a", "N.A.", "?", "-", "null", "None", " NA "])
def test_usual_words_for_missing_beside_numbers_are_empty(word):
    column = pl.Series("x", ["1.5", word, "3", None])
    found = find(column)
    assert found == Reading(missing=(word.strip(),), emptied=1)
    assert values(column, found, True).to_list() == ["1.5", None, "3", None]


@pytest.mark.parametrize(
    "cells",
    [
        ["a", "NA", "b"],  # words, of which NA may be one (Namibia)
        ["NA", "NA", "?"],
        ["1", "2", "many"],
        ["007", "NA", "012"],  # codes
        ["1", "2", None],
    ],
)
def test_other_columns_keep_their_cells(cells):
    column = pl.Series("x", cells)
    assert find(column) == PLAIN
    assert values(column, PLAIN, False).to_list() == cells


def test_words_that_the_user_names_are_empty_in_columns_of_words_too():
    column = pl.Series("x", ["a", "gone", "b"])
    assert values(column, find(column, ("gone",)), False).to_list() == ["a", None, "b"]


def test_a_number_that_means_missing_is_one_in_any_spelling_and_type():
    words = ("-999",)
    for cells in (["1", "-999.0", "x"], [1, -999, 2], [1.5, -999.0, 2.5]):
        column = pl.Series("x", cells)
        found = find(column, words)
        assert (found.missing, found.emptied) == (words, 1)
        once = values(column, found, False)
        assert once.to_list() == [cells[0], None, cells[2]]
        assert values(once, found, False).equals(once)


def test_a_later_table_may_use_another_word_in_a_column_of_numbers():
    assert values(pl.Series("x", ["1", "n.a."]), PLAIN, True).to_list() == ["1", None]


def test_reading_twice_changes_nothing():
    frame = pl.DataFrame({"x": ["1", "NA", "2", "5"], "y": ["1.5", "2.5", "3.5", "?"]})
    schema = infer(from_frame(frame), "y")
    once = schema.read(frame)
    assert once.to_dict(as_series=False) == {"x": [1, None, 2, 5], "y": [1.5, 2.5, 3.5, None]}
    assert schema.read(once).equals(once)


def test_the_schema_tells_what_was_taken_as_empty_and_shows_cells():
    frame = pl.DataFrame({"x": ["1", "NA", "2", "5", "7"], "y": ["1.5", "2.5", "3.5", "4", "?"]})
    schema = infer(from_frame(frame), "y")
    (column,) = schema.columns
    assert column.kind == "numeric" and column.missing == 1
    assert "1 cell 'NA' was taken as empty" in column.reason
    assert column.examples == ("1", "NA", "2")
    assert schema.dropped_rows == 1 and schema.target.reading.missing == ("?",)
    assert type(schema).from_json(schema.to_json()) == schema


def test_examples_are_cut_and_different():
    assert reading.examples(pl.Series("x", ["a", "a", None, "b" * 90])) == ("a", "b" * 39 + "…")


def test_words_for_missing_are_empty_in_booleans_of_numbers_and_in_later_tables():
    frame = pl.DataFrame({"x": ["0", "1", "NA", "1"] * 5, "y": [row * 0.5 for row in range(20)]})
    schema = infer(from_frame(frame), "y")
    (column,) = schema.columns
    assert (column.kind, column.levels, column.missing) == ("boolean", ("1", "0"), 5)
    assert schema.read(pl.DataFrame({"x": ["1", "n.a.", "true"]}))["x"].to_list() == ["1", None, "true"]


def test_words_for_missing_are_empty_where_codes_are_declared_numbers():
    frame = pl.DataFrame({"x": ["007", "012", "NA", "003"] * 5, "y": [row * 0.5 for row in range(20)]})
    (column,) = infer(from_frame(frame), "y", numeric=["x"]).columns
    assert (column.kind, column.missing) == ("numeric", 5)


@pytest.mark.parametrize(
    "cells",
    [
        pl.Series("x", [None, float("nan"), 2.0, -0.0, 2.0, 0.1, 5.0]),
        pl.Series("x", [0.1, 1e-7, 1e300]),
        pl.Series("x", [1e15, 1e14, 0.5]),
        pl.Series("x", [0.1, float("inf")], dtype=pl.Float32),
        pl.Series("x", [None, 7, 7, -1], dtype=pl.Int8),
        pl.Series("x", [None, None], dtype=pl.Float64),
    ],
)
def test_examples_of_numbers_are_written_as_cells_are(cells: pl.Series) -> None:
    written = texts(cells).drop_nulls().unique(maintain_order=True).head(3).to_list()
    assert reading.examples(cells) == tuple(written)
