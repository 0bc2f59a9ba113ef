"""Cells in an exported script are the texts, numbers and words that honed reads."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from honed.families.exports.parts.cells import (
    MISSING,
    TRUTHS,
    Levels,
    Number,
    Words,
    is_missing_word,
    number_of,
    text_of,
)
from honed.table import cells, missing

TEXTS = (
    "1", "1.0", "01", "+1", " 1 ", "-0", "1e3", "1E-3", ".5", "5.", "1_0", "0x1", "inf", "-Infinity",
    "nan", "NaN", "-nan",
    "yes", "Yes", "no", "y", "N", "true", "FALSE", "t", "on", "off", "red", "Red", "RED ", "green", "",
    "  ", "NA", "n/a",
    "?", "9007199254740993", "9007199254740992", "1e400", "é", "É", "1.0000", "+0.0", "--1", "e5", ".",
    "-", "\\N",
)  # fmt: skip
LEVELS = (
    ("red", "Green", "blue"), ("0", "1"), ("yes", "no"), ("True", "False"), ("1.5", "2", "007"), ("y", "f"), ("A", "a"),
    ("off", "on"), ("9007199254740993", "9007199254740992"), ("1",), ("É",), ("1", "1.0", "2"),
)  # fmt: skip


@pytest.mark.parametrize("levels", LEVELS)
def test_words_are_matched_as_honed_matches_them(levels: tuple[str, ...]) -> None:
    column = pl.Series(TEXTS)
    own = Levels(levels).places(Words().read(TEXTS, "a"))
    np.testing.assert_array_equal(own, cells.match(column, levels))


def test_numbers_are_those_that_honed_reads() -> None:
    found = cells.parse_numbers(pl.Series(TEXTS)).to_list()
    own = [number_of(text_of(cell)) for cell in TEXTS]
    assert own == found


def test_cells_with_types_have_the_texts_that_honed_gives_them() -> None:
    for values in ([1.0, 2.5, None, float("nan"), 1e14], [1, 20, None], [True, False, None]):
        assert [text_of(cell) for cell in values] == cells.texts(pl.Series(values)).to_list()


def test_words_for_missing_are_those_of_honed() -> None:
    assert set(MISSING) == missing.MISSING_WORDS
    found = missing.is_missing_word(pl.Series(TEXTS)).to_list()
    assert [is_missing_word(text) for text in TEXTS] == found


def test_truths_are_spelled_as_honed_knows_them() -> None:
    own = [dict.fromkeys(no, False) | dict.fromkeys(yes, True) for no, yes in TRUTHS]
    assert own == list(cells._TRUTHS)


def test_a_number_is_read_or_refused_with_its_place() -> None:
    read = Number(missing=("-9", "none of it"))
    np.testing.assert_array_equal(
        read.read(["1.5", None, " NA ", "-9.0", "none of it", 3, True, np.True_], "a"),
        [1.5, np.nan, np.nan, np.nan, np.nan, 3, 1, 1],
    )
    with pytest.raises(ValueError, match="Column 'a', row 2: 'odd' is not a number"):
        read.read(["1", "odd"], "a")
    with pytest.raises(ValueError, match="row 1: 'inf' is infinite"):
        read.read(["inf"], "a")
