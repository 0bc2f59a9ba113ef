"""One look at all columns of a table at once: which of them hold plain numbers, and what these numbers are.

What honed makes of such a column depends on its numbers alone, and Polars finds those of all columns together in the
time that it takes for a few alone. The other columns are read one by one (`honed.table.reading`, `honed.table.kinds`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from honed.lazily import pl
from honed.table.cells import MOST_EXACT

_HEAD = 1_000  # cells that tell of most columns what they are not


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


def plain(found: pl.DataFrame) -> dict[str, Plain]:
    """What columns of numbers hold that `values` gave, by name."""
    if not found.width:
        return {}
    distinct = found.select(pl.all().n_unique()).row(0)  # for which the empty cell is one more
    lows, highs = found.min().row(0), found.max().row(0)
    return {
        column.name: Plain(column, column.null_count(), count - (column.null_count() > 0), low, high)
        for column, count, low, high in zip(found, distinct, lows, highs, strict=True)
    }


def values(frame: pl.DataFrame) -> pl.DataFrame:
    """The columns of plain numbers as float64 in one piece, an empty cell as null.

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
    is_near = pl.all().is_finite() & (pl.all().abs() < MOST_EXACT)
    fit = set(_those([numbers for _, numbers in pairs], is_near))
    pairs = [(cells, numbers) for cells, numbers in pairs if cells.name in fit]
    # Most cells begin with another digit, and need not be asked for more.
    zero = pl.all().filter(pl.all().str.starts_with("0"))
    texts = [cells for cells, _ in pairs if cells.dtype == pl.String]
    no_codes = set(_those(texts, zero.str.starts_with("0.") | (zero == "0")))
    kept = [numbers for cells, numbers in pairs if cells.dtype != pl.String or cells.name in no_codes]
    return pl.DataFrame(kept).rechunk()


def whole(found: pl.DataFrame) -> pl.DataFrame:
    """Columns of float64 numbers with those of whole numbers as integers, which have no -0."""
    are_whole = (pl.all() == pl.all().floor()) & (1 / pl.all() != float("-inf"))
    likely = found.select(_those(found.head(_HEAD), are_whole))
    names = _those(likely, are_whole)
    return found.with_columns(pl.col(names).cast(pl.Int64)) if names else found


def _may_be_numbers(column: pl.Series) -> bool:
    """Whether all cells may be numbers by their type and the first of them."""
    if column.dtype != pl.String:
        return column.dtype.is_float() or column.dtype.is_integer()
    first = column.head(_HEAD)
    return first.cast(pl.Float64, strict=False).null_count() == first.null_count()


def _those(columns: Iterable[pl.Series], is_so: pl.Expr) -> list[str]:
    """The names of the columns in all cells of which it is so, empty ones aside."""
    frame = pl.DataFrame(list(columns))
    found = frame.select(is_so.all()).row(0) if frame.width else ()
    return [name for name, fits in zip(frame.columns, found, strict=True) if fits]
