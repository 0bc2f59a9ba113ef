"""Decimal commas and marks between thousands, in files whose cells a comma does not separate, as plain numbers.

A column is looked at as a whole: only where every cell is a number in one way of writing is it changed. ``1,921`` and
``1.921`` can be both 1921 and 1.921: the other columns of the file tell, else the mark separates thousands if it is a
comma and decimals if it is a point, and where that is a guess it is said. So it is where but a few cells tell.
"""

from __future__ import annotations

import warnings
from typing import Literal

import polars as pl

from honed.errors import DataWarning
from honed.table.cells import brief

Style = Literal["comma", "point"]  # what separates decimals

_FEW_SLIPS = 0.05  # of the cells with a mark; of decimals a tenth has fewer than three digits
_NUMBER = (
    r"^\s*[+-]?(\d+|[1-9]\d{0,2}(%s\d{3})+)(%s\d+)?([eE][+-]?\d+)?\s*$"  # marks of thousands and of decimals
)
_WAYS: dict[Style, str] = {"comma": _NUMBER % (r"\.", ","), "point": _NUMBER % (",", r"\.")}


def plain_numbers(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """The columns of text, numbers written with a decimal point alone.

    Warns
    -----
    DataWarning
        A column can be read in two ways, or could but for a few cells, and nothing in the file says which is meant.
    """
    found = {column.name: _styles(column) for column in frame}
    slips = {name: _slips(frame[name], styles[0]) for name, styles in found.items() if len(styles) == 1}
    sure: set[Style] = {styles[0] for styles in found.values() if len(styles) == 1}
    certain: set[Style] = {found[name][0] for name, cells in slips.items() if not len(cells)}
    for name, cells in slips.items():
        if len(cells) and certain != set(found[name]):
            _warn_of_slips(frame[name], cells, found[name][0], source)
    read = [
        _plain(column, styles, sure, source)
        for column, styles in zip(frame, found.values(), strict=True)
        if styles
    ]
    return frame.with_columns(read)


def _styles(column: pl.Series) -> list[Style]:
    """The ways of writing in which every cell is a number; none for columns without a mark."""
    if not bool(column.str.contains(r"[.,]").any()):
        return []
    return [style for style, pattern in _WAYS.items() if bool(column.str.contains(pattern).all())]


def _slips(column: pl.Series, style: Style) -> pl.Series:
    """The few cells but for which the column could be read the other way: ``1,92`` among many of ``1,921`` and ``396``.

    None where a cell has a leading zero or two marks, which is no slip, or where every cell has a mark.
    """
    marked = _marked(column)
    slips = marked.filter(~marked.str.contains(_WAYS["point" if style == "comma" else "comma"]))
    is_sure = bool(slips.str.contains(r"^\s*[+-]?0|[.,].*[.,]").any())
    is_few = len(slips) <= _FEW_SLIPS * len(marked) and len(marked) < len(column) - column.null_count()
    return slips if is_few and not is_sure else slips.clear()


def _marked(column: pl.Series) -> pl.Series:
    return column.filter(column.str.contains(r"[.,]").fill_null(False))


def _plain(column: pl.Series, styles: list[Style], sure: set[Style], source: str) -> pl.Series:
    """The column by its one way of writing, or by the file's, or with a point for decimals."""
    if len(styles) == 1:
        return _written(column, styles[0])
    told = next(iter(sure)) if len(sure) == 1 else None
    marked = _marked(column)
    has_comma = bool(marked.str.contains(",", literal=True).any())
    style: Style = told or "point"
    if told == "comma":
        _warn(column.name, marked[0], style, "as other columns have decimal commas", source)
    elif has_comma and told is None:
        _warn(column.name, marked[0], style, "as three digits follow each comma", source)
    elif "point" not in sure and len(marked) < len(column) - column.null_count():
        why = "although three digits follow each point, as between thousands"
        _warn(column.name, marked[0], style, why, source)
    return _written(column, style)


def _warn_of_slips(column: pl.Series, slips: pl.Series, style: Style, source: str) -> None:
    marked = _marked(column)
    example = marked.filter(~marked.is_in(slips.implode()))[0]
    share = f"{len(slips):,} of {len(marked):,} cells with a {style}, such as {brief(slips[0])!r},"
    why = f"as {share} cannot be thousands"
    _warn(column.name, example, style, why, source)


def _warn(name: str, example: str, style: Style, why: str, source: str) -> None:
    warnings.warn(
        f"{source}: column {brief(name)!r} holds {brief(example)!r}, which is read as "
        f"{brief(_written(pl.Series([example]), style)[0])}, {why}; it could mean another number. If it does, write "
        "all numbers with a point for decimals and no other mark.",
        DataWarning,
        stacklevel=4,
    )


def _written(column: pl.Series, style: Style) -> pl.Series:
    """Numbers in the given way of writing to numbers with a point for decimals."""
    if style == "point":
        return column.str.replace_all(",", "", literal=True)
    return column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
