"""Cells that a column cannot hold: all of them in one refusal, or taken as empty where that is asked.

They are no numbers, or infinite, in columns of numbers, and no dates in columns of dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table import formats
from honed.table.cells import brief, is_nan_word, numbers, parse_numbers, texts

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
        Cells that cannot be read: the first ten by row, of all columns.
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


def refusal(count: int, shown: Sequence[str]) -> InputError:
    """What to say of so many cells, of which the first are `shown`."""
    return InputError(
        f"{counted(count, 'cell')} cannot be read as the number or the date that the column holds: "
        f"{_list(count, shown)}. Correct them, or leave them empty if the values are not known; `honed predict "
        "--bad-cells missing` takes them as empty."
    )


def said_of_emptied(count: int, shown: Sequence[str]) -> str:
    """What to say of so many cells that were taken as empty; nothing of none."""
    return (
        f"Took {counted(count, 'cell')} as empty that cannot be read: {_list(count, shown)}." if count else ""
    )


class Bad(NamedTuple):
    """How many cells of a table cannot be read, and the first of them in words."""

    count: int
    shown: list[str]


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


def _bad(frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str]) -> list[tuple[int, str]]:
    """Positions and columns of the cells, by row, then in the order of the columns."""
    found = [(_is_no_number(frame[name]), name) for name in names if name in frame.columns]
    found += [(formats.unreadable(frame[name]), name) for name in dates if name in frame.columns]
    places = {name: place for place, name in enumerate(frame.columns)}
    cells = [(int(row), name) for mask, name in found for row in np.flatnonzero(mask.to_numpy())]
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
