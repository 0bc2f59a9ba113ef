"""How the cells of a column become values: a `Reading`, found on the training table and kept in its schema.

A file's cells are texts. Some columns of texts hold numbers beside words for "not known". A reading says so once, and
`values` gives such a column as numbers, at fitting and at prediction alike; columns that have a type stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from honed.figures import counted
from honed.table.cells import all_numbers, brief, can_be_numbers, counts, parse_numbers, some, texts

Form = Literal["plain"]

# In small letters and without spaces around; "nan" is read as missing by all that reads numbers.
MISSING_WORDS = frozenset(
    {
        "na",
        "n/a",
        "n.a.",
        "#n/a",
        "<na>",
        "nan",
        "null",
        "none",
        "nil",
        "missing",
        "unknown",
        "?",
        "-",
        "--",
        ".",
        "\\n",
    }
)


@dataclass(frozen=True)
class Reading:
    """How the cells of one column are read.

    Attributes
    ----------
    form : "plain": a number is a number as programs write it, and all else are words.
    missing : words that mean an empty cell here, as the training table spells them.
    emptied : how many cells of the training table were such words.
    unit : what the numbers are given in, such as "kg"; empty where nothing is said.
    """

    form: Form = "plain"
    missing: tuple[str, ...] = ()
    emptied: int = 0
    unit: str = ""

    def evidence(self) -> str:
        """What the reading did, for the reason of a column; empty for nothing."""
        if not self.emptied:
            return ""
        verb = "was" if self.emptied == 1 else "were"
        return f"{counted(self.emptied, 'cell')} {some(self.missing, 4)} {verb} taken as empty"


PLAIN = Reading()


def find(column: pl.Series, said: tuple[str, ...] = ()) -> Reading:
    """The reading of a column of the training table.

    Parameters
    ----------
    column : its cells.
    said : words that the user has said to mean an empty cell, in any column.
    """
    if column.dtype != pl.String or (can_be_numbers(column) and not said):
        return emptying(PLAIN, column, said) if said else PLAIN
    cells = texts(column)
    is_empty = are_words(cells, said)
    rest = cells.set(is_empty, None)
    if not can_be_numbers(rest):
        is_word = _is_missing_word(cells)
        numbers = rest.set(is_word, None)
        if is_word.any() and numbers.null_count() < len(numbers) and all_numbers(numbers):
            is_empty = is_empty | is_word
    usual = counts(cells.filter(is_empty & ~are_words(cells, said)))
    return Reading(missing=(*said, *usual), emptied=int(is_empty.sum()))


def values(column: pl.Series, reading: Reading, is_number: bool) -> pl.Series:
    """The cells of a column by its reading; what is neither a number nor an empty cell stays, and is refused later.

    Parameters
    ----------
    column : cells of any table, the training table or a later one.
    is_number : whether the column is one of numbers, in which all usual words for a missing cell mean it.
    """
    if reading.missing:
        is_empty = are_words(column, reading.missing)
        column = column.set(is_empty, None) if is_empty.any() else column
    if column.dtype != pl.String or not is_number or can_be_numbers(column):
        return column
    cells = texts(column)
    return cells.set(_is_missing_word(cells), None)


def emptying(reading: Reading, column: pl.Series, words: tuple[str, ...]) -> Reading:
    """The reading with these words for missing, and how many cells of the column are such."""
    return replace(reading, missing=words, emptied=int(are_words(column, words).sum()))


def are_words(column: pl.Series, words: tuple[str, ...]) -> pl.Series:
    """Where a cell is one of the words; one that is a number means every cell of that number, such as -999.0."""
    found = pl.Series(np.zeros(len(column), bool))
    if not words:
        return found
    values = parse_numbers(pl.Series(words, dtype=pl.String)).drop_nulls()
    if len(values):
        found = found | parse_numbers(column).is_in(values.to_list()).fill_null(False)
    if not column.dtype.is_numeric():
        found = found | texts(column).is_in(list(words)).fill_null(False)
    return found


def read(frame: pl.DataFrame, readings: Mapping[str, tuple[Reading, bool]]) -> pl.DataFrame:
    """The table with each named column read, as far as it is there; others stay. Reading twice changes nothing."""
    found = [
        values(frame[name], reading, is_number)
        for name, (reading, is_number) in readings.items()
        if name in frame.columns
    ]
    return frame.with_columns(found) if found else frame


def examples(column: pl.Series, most: int = 3) -> tuple[str, ...]:
    """The first different cells of a column, as the table has them."""
    cells = texts(column.head(1000)).drop_nulls().unique(maintain_order=True)
    return tuple(brief(cell, 40) for cell in cells.head(most))


def _is_missing_word(cells: pl.Series) -> pl.Series:
    return cells.str.to_lowercase().is_in(list(MISSING_WORDS)).fill_null(False)
