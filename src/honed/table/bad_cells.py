"""Cells that a column cannot hold: all of them in one refusal, or taken as empty where that is asked.

They are no numbers, or infinite, in columns of numbers, and no dates in columns of dates. And words for missing among
them that training did not have, which are empty without being asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table import formats
from honed.table.cells import brief, is_nan_word, numbers, parse_numbers, texts
from honed.table.missing import is_missing_word

TOLD = 10  # cells that a message names


def all_of(
    frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str] = (), before: int = 0
) -> list[np.ndarray]:
    """Each numeric column's cells as float64, missing ones NaN; see `honed.table.cells.numbers`.

    Parameters
    ----------
    names : the numeric columns.
    dates : columns of dates, which are checked alone. before : rows of the file before the table's first.

    Raises
    ------
    InputError
        Cells that cannot be read, `BadCells` of several: the first ten by row, of all columns.
    """
    places = np.arange(frame.height) + before + 1 if before else None
    try:
        found = [numbers(frame[name], places) for name in names]
        for name in dates:
            formats.moments(frame[name], places)
        return found
    except InputError:
        bad = count(frame, names, dates, before)
        if bad.count < 2:
            raise
        raise refusal(*bad) from None


class BadCells(InputError):
    """Several cells cannot be read."""


def refusal(count: int, shown: Sequence[str]) -> BadCells:
    """What to say of so many cells, of which the first are `shown`."""
    return BadCells(
        f"{counted(count, 'cell')} cannot be read as the number or the date that the column holds: "
        f"{_list(count, shown)}. Correct them, or leave them empty if the values are not known."
    )


def said_of_emptied(count: int, shown: Sequence[str]) -> str:
    """What to say of so many cells that were taken as empty; nothing of none."""
    return (
        f"Took {counted(count, 'cell')} as empty that cannot be read: {_list(count, shown)}." if count else ""
    )


def said_of_words(count: int, shown: Sequence[str]) -> str:
    """What to say of so many words for missing that training did not have."""
    return (
        f"Took {counted(count, 'cell')} as empty that {'holds' if count == 1 else 'hold'} a word for missing: "
        f"{_list(count, shown)}."
    )


class Bad(NamedTuple):
    """How many cells of a table cannot be read, and the first of them in words."""

    count: int
    shown: list[str]

    def and_later(self, other: Bad) -> Bad:
        """Those of two parts of a table, the other one later."""
        return Bad(self.count + other.count, (self.shown + other.shown)[:TOLD])


def count(frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str] = (), before: int = 0) -> Bad:
    """The cells of these columns that cannot be read; `before` counts rows of the file before the table's first."""
    bad = _bad(frame, names, dates)
    return Bad(len(bad), _shown(frame, bad, before))


def emptied(
    frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str] = (), before: int = 0
) -> tuple[pl.DataFrame, Bad]:
    """The table with such cells of the named columns empty, and which these were."""
    bad = _bad(frame, names, dates)
    if not bad:
        return frame, Bad(0, [])
    columns = [
        texts(frame[name]).set((formats.unreadable if name in dates else _is_no_number)(frame[name]), None)
        for name in dict.fromkeys(name for _, name in bad)
    ]
    return frame.with_columns(columns), Bad(len(bad), _shown(frame, bad, before))


def missing_words(
    frame: pl.DataFrame, read: pl.DataFrame, known: Mapping[str, tuple[str, ...]], before: int = 0
) -> Bad:
    """The cells of a table that hold a usual word for missing which training did not have.

    Parameters
    ----------
    frame : the cells as they were given. read : the same as the model reads them.
    known : columns in which such words mean an empty cell, each with those that training had.
    before : rows of the file before the table's first.
    """
    found = {}
    for name, words in known.items():
        if name not in frame.columns or frame[name].dtype != pl.String:
            continue
        if read[name].null_count() == frame[name].null_count():  # quick, and true of most columns
            continue
        cells = texts(frame[name])
        found[name] = (
            is_missing_word(cells) & ~is_nan_word(cells).fill_null(False) & ~cells.is_in(list(words))
        )
    bad = _in_order(found, frame)
    return Bad(len(bad), _shown(frame, bad, before))


def say_of_words(
    frame: pl.DataFrame, read: pl.DataFrame, known: Mapping[str, tuple[str, ...]], say: Callable[[str], None]
) -> None:
    """Say which `missing_words` there are, if any."""
    bad = missing_words(frame, read, known)
    if bad.count:
        say(said_of_words(*bad))


def _bad(frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str]) -> list[tuple[int, str]]:
    """Positions and columns of the cells, by row, then in the order of the columns."""
    found = {name: _is_no_number(frame[name]) for name in names if name in frame.columns}
    found |= {name: formats.unreadable(frame[name]) for name in dates if name in frame.columns}
    return _in_order(found, frame)


def _in_order(found: Mapping[str, pl.Series], frame: pl.DataFrame) -> list[tuple[int, str]]:
    places = {name: place for place, name in enumerate(frame.columns)}
    cells = [(int(row), name) for name, mask in found.items() for row in np.flatnonzero(mask.to_numpy())]
    return sorted(cells, key=lambda cell: (cell[0], places[cell[1]]))


def _is_no_number(column: pl.Series) -> pl.Series:
    if column.dtype.is_integer():  # quick, as batches of large tables are looked at throughout
        return pl.Series(np.zeros(len(column), bool))
    if column.dtype.is_float():
        return pl.Series(np.isinf(column.to_numpy()))
    values, words = parse_numbers(column), texts(column)
    is_word = values.is_null() & words.is_not_null() & ~is_nan_word(words).fill_null(False)
    return is_word | values.is_infinite().fill_null(False)


def _shown(frame: pl.DataFrame, found: list[tuple[int, str]], before: int = 0) -> list[str]:
    """The first cells in words."""
    return [
        f"column {brief(name, 40)!r}, row {before + row + 1}: {brief(str(frame[name][row]), 40)!r}"
        for row, name in found[:TOLD]
    ]


def _list(count: int, shown: Sequence[str]) -> str:
    return "; ".join(shown[:TOLD]) + (f"; and {count - TOLD:,} more" if count > TOLD else "")
