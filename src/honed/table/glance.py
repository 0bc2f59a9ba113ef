"""One look at all columns of a table at once: which of them hold plain numbers, and what these numbers are.

What honed makes of such a column depends on its numbers alone, and Polars finds those of all columns together in the
time that it takes for a few alone. The other columns are read one by one (`honed.table.reading`, `honed.table.kinds`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from honed.table.cells import MOST_EXACT


class Plain(NamedTuple):
    """A column of plain numbers.

    Attributes
    ----------
    values : float64, an empty cell as null.
    missing, distinct : empty cells, and distinct numbers.
    low, high : the least and the greatest; None where all cells are empty.
    """

    values: pl.Series
    missing: int
    distinct: int
    low: float | None
    high: float | None


def plain(frame: pl.DataFrame) -> dict[str, Plain]:
    """The columns of plain numbers, by name; see `values`."""
    found = values(frame)
    if not found.width:
        return {}
    distinct = found.select(pl.all().n_unique()).row(0)  # for which the empty cell is one more
    lows, highs = found.min().row(0), found.max().row(0)
    return {
        column.name: Plain(column, column.null_count(), count - (column.null_count() > 0), low, high)
        for column, count, low, high in zip(found, distinct, lows, highs, strict=True)
    }


def values(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of plain numbers as float64, an empty cell as null.

    Numbers are plain where all are finite and written as programs do, without spaces, none beyond 2^53 and none with a
    leading zero; so no cell is a code, and float64 tells them all apart.
    """
    able = pl.DataFrame([column for column in frame if _may_be_numbers(column)])
    if not able.width:
        return able
    found = able.select(pl.all().cast(pl.Float64, strict=False))
    pairs = []
    for cells, numbers in zip(able, found, strict=True):
        numbers = numbers.fill_nan(None) if cells.dtype.is_float() else numbers
        if cells.dtype != pl.String or numbers.null_count() == cells.null_count():
            pairs.append((cells, numbers))
    fits = _of_each([numbers for _, numbers in pairs], pl.all().is_finite() & (pl.all().abs() < MOST_EXACT))
    pairs = [pair for pair, fit in zip(pairs, fits, strict=True) if fit]
    cell = pl.all()
    is_no_code = ~cell.str.starts_with("0") | cell.str.starts_with("0.") | (cell == "0")
    words = [cells for cells, _ in pairs if cells.dtype == pl.String]
    are_words = iter(_of_each(words, is_no_code))
    return pl.DataFrame([numbers for cells, numbers in pairs if cells.dtype != pl.String or next(are_words)])


def whole(found: pl.DataFrame) -> pl.DataFrame:
    """Columns of float64 numbers with those of whole numbers as integers, which have no -0."""
    are_whole = _of_each(found, (pl.all() == pl.all().floor()) & (1 / pl.all() != float("-inf")))
    return pl.DataFrame(
        [column.cast(pl.Int64) if fits else column for column, fits in zip(found, are_whole, strict=True)]
    )


def _may_be_numbers(column: pl.Series) -> bool:
    return column.dtype == pl.String or column.dtype.is_float() or column.dtype.is_integer()


def _of_each(columns: Iterable[pl.Series], is_so: pl.Expr) -> tuple[bool, ...]:
    """Whether it is so in all cells of each column that are not empty."""
    frame = pl.DataFrame(list(columns))
    return frame.select(is_so.all()).row(0) if frame.width else ()
