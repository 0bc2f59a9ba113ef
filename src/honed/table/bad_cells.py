"""Cells that a column cannot hold: all of them in one refusal, or taken as empty where that is asked.

They are no numbers, or infinite, in columns of numbers, and no dates in columns of dates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from honed.errors import InputError
from honed.figures import counted
from honed.table import formats
from honed.table.cells import brief, is_nan_word, numbers, parse_numbers, texts

_TOLD = 10  # cells that a message names


def all_of(frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str] = ()) -> list[np.ndarray]:
    """Each numeric column's cells as float64, missing ones NaN; see `honed.table.cells.numbers`.

    Parameters
    ----------
    names : the numeric columns.
    dates : columns of dates, which are checked alone.

    Raises
    ------
    InputError
        Cells that cannot be read: the first ten by row, of all columns.
    """
    try:
        found = [numbers(frame[name]) for name in names]
        for name in dates:
            formats.moments(frame[name])
        return found
    except InputError:
        bad = _bad(frame, names, dates)
        if len(bad) < 2:
            raise
        raise InputError(
            f"{counted(len(bad), 'cell')} cannot be read as the number or the date that the column holds: "
            f"{_told(frame, bad)}. Correct them, or leave them empty if the values are not known; `honed predict "
            "--bad-cells missing` takes them as empty."
        ) from None


def emptied(frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str] = ()) -> tuple[pl.DataFrame, str]:
    """The table with such cells of the named columns empty, and a sentence that names them; no sentence for none."""
    bad = _bad(frame, names, dates)
    if not bad:
        return frame, ""
    columns = [
        texts(frame[name]).set((formats.unreadable if name in dates else _is_no_number)(frame[name]), None)
        for name in dict.fromkeys(name for _, name in bad)
    ]
    said = f"Took {counted(len(bad), 'cell')} as empty that cannot be read: {_told(frame, bad)}."
    return frame.with_columns(columns), said


def _bad(frame: pl.DataFrame, names: Sequence[str], dates: Sequence[str]) -> list[tuple[int, str]]:
    """Positions and columns of the cells, by row, then in the order of the columns."""
    found = [(_is_no_number(frame[name]), name) for name in names if name in frame.columns]
    found += [(formats.unreadable(frame[name]), name) for name in dates if name in frame.columns]
    places = {name: place for place, name in enumerate(frame.columns)}
    cells = [(int(row), name) for mask, name in found for row in np.flatnonzero(mask.to_numpy())]
    return sorted(cells, key=lambda cell: (cell[0], places[cell[1]]))


def _is_no_number(column: pl.Series) -> pl.Series:
    values, words = parse_numbers(column), texts(column)
    is_word = values.is_null() & words.is_not_null() & ~is_nan_word(words).fill_null(False)
    return is_word | values.is_infinite().fill_null(False)


def _told(frame: pl.DataFrame, found: list[tuple[int, str]]) -> str:
    first = "; ".join(
        f"column {brief(name, 40)!r}, row {row + 1}: {brief(str(frame[name][row]), 40)!r}"
        for row, name in found[:_TOLD]
    )
    return first + (f"; and {len(found) - _TOLD:,} more" if len(found) > _TOLD else "")
