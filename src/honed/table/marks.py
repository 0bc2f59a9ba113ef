"""Decimal commas and marks between thousands, in files whose cells a comma does not separate, as plain numbers.

A column is looked at as a whole: only where every cell is a number in one way of writing is it changed. ``1,921`` and
``1.921`` can be both 1921 and 1.921: the other columns of the file tell, else the mark separates thousands if it is a
comma and decimals if it is a point, and where that is a guess it is said.
"""

from __future__ import annotations

import warnings
from typing import Literal

import polars as pl

from honed.errors import DataWarning
from honed.table.cells import brief

Style = Literal["comma", "point"]  # what separates decimals

_NUMBER = (
    r"^\s*[+-]?(\d+|[1-9]\d{0,2}(%s\d{3})+)(%s\d+)?([eE][+-]?\d+)?\s*$"  # marks of thousands and of decimals
)
_WAYS: dict[Style, str] = {"comma": _NUMBER % (r"\.", ","), "point": _NUMBER % (",", r"\.")}


def plain_numbers(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """The columns of text, numbers written with a decimal point alone.

    Warns
    -----
    DataWarning
        A column can be read in two ways, and nothing in the file says which is meant.
    """
    found = {column.name: _styles(column) for column in frame}
    sure: set[Style] = {styles[0] for styles in found.values() if len(styles) == 1}
    told = next(iter(sure)) if len(sure) == 1 else None
    read = [
        _plain(column, styles, told, source)
        for column, styles in zip(frame, found.values(), strict=True)
        if styles
    ]
    return frame.with_columns(read)


def _styles(column: pl.Series) -> list[Style]:
    """The ways of writing in which every cell is a number; none for columns without a mark."""
    if not bool(column.str.contains(r"[.,]").any()):
        return []
    return [style for style, pattern in _WAYS.items() if bool(column.str.contains(pattern).all())]


def _plain(column: pl.Series, styles: list[Style], told: Style | None, source: str) -> pl.Series:
    """The column by its one way of writing, or by the file's, or with a point for decimals."""
    if len(styles) == 1:
        return _written(column, styles[0])
    marked = column.filter(column.str.contains(r"[.,]").fill_null(False))
    has_comma = bool(marked.str.contains(",", literal=True).any())
    style: Style = told or "point"
    if told == "comma" or (has_comma and told is None):
        mark = "comma" if has_comma else "point"
        why = (
            f"as three digits follow each {mark}" if told is None else "as other columns have decimal commas"
        )
        warnings.warn(
            f"{source}: column {brief(column.name)!r} holds {brief(marked[0])!r}, which is read as "
            f"{brief(_written(marked, style)[0])}, {why}; it could mean another number. If it does, write all numbers "
            "with a point for decimals and no other mark.",
            DataWarning,
            stacklevel=2,
        )
    return _written(column, style)


def _written(column: pl.Series, style: Style) -> pl.Series:
    """Numbers in the given way of writing to numbers with a point for decimals."""
    if style == "point":
        return column.str.replace_all(",", "", literal=True)
    return column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
