"""How the cells of a column become values: a `Reading`, found on the training table and kept in its schema.

A file's cells are texts. Some columns of texts hold numbers beside words for "not known", or dates. A reading says so
once, and `values` gives such a column as numbers, or moments, at fitting and at prediction alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from honed.figures import counted
from honed.table import times
from honed.table.cells import all_numbers, brief, can_be_numbers, counts, parse_numbers, some, texts

Form = Literal["plain", "time"]

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
        "nat",
        "0000-00-00",
        "0000-00-00 00:00:00",
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
    form : "plain": a number is a number as programs write it, and all else are words; "time": dates or times of day.
    missing : words that mean an empty cell here, as the training table spells them.
    emptied : how many cells of the training table were such words.
    unit : what the numbers are given in, such as "kg"; empty where nothing is said.
    format : how dates and times are written, see `honed.table.times`; empty where their column has a type.
    zone : "UTC" where cells name a zone, by which they are told; else empty.
    note : what decided how cells are read, in words.
    """

    form: Form = "plain"
    missing: tuple[str, ...] = ()
    emptied: int = 0
    unit: str = ""
    format: str = ""
    zone: str = ""
    note: str = ""

    def evidence(self) -> str:
        """What the reading did, for the reason of a column; empty for nothing."""
        said = []
        if self.form == "time" and self.format:
            what = "times of day" if self.format == times.CLOCK else "dates"
            said.append(f"read as {what} ({self.format})" + (f", {self.note}" if self.note else ""))
        if self.zone:
            said.append(f"times are told in {self.zone}")
        if self.emptied:
            said.append(self.evidence_of_empty())
        return "; ".join(said)

    def evidence_of_empty(self) -> str:
        """How many cells were taken as empty, and which words these are."""
        verb = "was" if self.emptied == 1 else "were"
        return f"{counted(self.emptied, 'cell')} {some(self.missing, 4)} {verb} taken as empty"


PLAIN = Reading()


def find(column: pl.Series, said: tuple[str, ...] = (), dates: bool | Literal["said"] = True) -> Reading:
    """The reading of a column of the training table.

    Parameters
    ----------
    column : its cells.
    said : words that the user has said to mean an empty cell, in any column.
    dates : whether its cells may be dates; "said" where the user has said that they are.
    """
    given = column
    if column.dtype != pl.String or (can_be_numbers(column) and not said):
        column = column.set(are_words(column, said), None) if said else column
        found = times.find(column, dates == "said") if dates else None
        return emptying(_of_time(found), given, said) if said else _of_time(found)
    cells = texts(column)
    is_empty = are_words(cells, said)
    rest = cells.set(is_empty, None)
    found = times.find(rest, dates == "said") if dates else None
    if found is None and not can_be_numbers(rest):
        is_word = _is_missing_word(cells)
        others = rest.set(is_word, None)
        if is_word.any() and others.null_count() < len(others):
            found = times.find(others, dates == "said") if dates else None
            if found is not None or all_numbers(others):
                is_empty = is_empty | is_word
    usual = counts(cells.filter(is_empty & ~are_words(cells, said)))
    return replace(_of_time(found), missing=(*said, *usual), emptied=int(is_empty.sum()))


def _of_time(found: times.Found | None) -> Reading:
    if found is None:
        return PLAIN
    return Reading("time", format=found.format, zone="UTC" if found.is_zoned else "", note=found.note)


def values(column: pl.Series, reading: Reading, is_number: bool) -> pl.Series:
    """The cells of a column by its reading; what is no number, date or empty cell stays, and is refused later.

    Parameters
    ----------
    column : cells of any table, the training table or a later one.
    is_number : whether the column is one of numbers, in which all usual words for a missing cell mean it.
    """
    if reading.missing:
        is_empty = are_words(column, reading.missing)
        column = column.set(is_empty, None) if is_empty.any() else column
    if reading.form == "time":
        if column.dtype == pl.String:
            cells = texts(column)
            column = cells.set(_is_missing_word(cells), None)
        return times.read(column, reading.format)
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
