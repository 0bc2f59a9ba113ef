"""Decimal commas and marks between thousands, in files whose cells a comma does not separate, as plain numbers.

A column is looked at as a whole: only where every cell is a number in one way of writing is it changed. ``1,921`` and
``1.921`` can be both 1921 and 1.921: the other columns of the file tell, else the mark separates thousands if it is a
comma and decimals if it is a point, and where that is a guess it is said. So it is where but a few cells tell.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

from honed.errors import warn
from honed.table.cells import brief

Style = Literal["comma", "point"]  # what separates decimals

_FEW_SLIPS = 0.05  # of the cells with a mark; of decimals a tenth has fewer than three digits
_NUMBER = (
    r"^\s*[+-]?(\d+|[1-9]\d{0,2}(%s\d{3})+)(%s\d+)?([eE][+-]?\d+)?\s*$"  # marks of thousands and of decimals
)
_MISSING = r"^\s*([+-]?(?i:nan))?\s*$"  # as `cells` reads it in a column of numbers
_WAYS: dict[Style, str] = {"comma": _NUMBER % (r"\.", ","), "point": _NUMBER % (",", r"\.")}


def plain_numbers(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """The columns of text, numbers written with a decimal point alone.

    Warns
    -----
    DataWarning
        A column can be read in two ways, or could but for a few cells, and nothing in the file says which is meant.
    """
    present = {column.name: column.filter(~column.str.contains(_MISSING)) for column in frame}
    found = {name: _styles(column) for name, column in present.items()}
    slips = {name: _slips(present[name], styles[0]) for name, styles in found.items() if len(styles) == 1}
    sure: set[Style] = {styles[0] for styles in found.values() if len(styles) == 1}
    certain: set[Style] = {found[name][0] for name, cells in slips.items() if not len(cells)}
    for name, cells in slips.items():
        if len(cells) and certain != set(found[name]):
            _warn_of_slips(present[name], cells, found[name][0], source)
    read = [
        _written(frame[name], _chosen(present[name], styles, sure, source))
        for name, styles in found.items()
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
    is_few = len(slips) <= _FEW_SLIPS * len(marked) and len(marked) < len(column)
    return slips if is_few and not is_sure else slips.clear()


def _marked(column: pl.Series) -> pl.Series:
    return column.filter(column.str.contains(r"[.,]"))


def _chosen(column: pl.Series, styles: list[Style], sure: set[Style], source: str) -> Style:
    """The one way of writing in which the cells are numbers, or the file's, or that with a point for decimals."""
    if len(styles) == 1:
        return styles[0]
    told = next(iter(sure)) if len(sure) == 1 else None
    marked = _marked(column)
    commas = marked.filter(marked.str.contains(",", literal=True))
    if told == "comma":
        _warn(column.name, marked[0], told, "as other columns have decimal commas", source)
        return told
    if len(commas) and told is None:
        points = marked.filter(marked.str.contains(".", literal=True))
        mixed = (
            f"as marks are mixed and cells such as {brief(points[0])!r} have a point" if len(points) else ""
        )
        _warn(column.name, commas[0], "point", mixed or "as three digits follow each comma", source)
    elif not sure and len(marked) < len(column):
        why = "although three digits follow each point, as between thousands"
        _warn(column.name, marked[0], "point", why, source)
    return "point"


def _warn_of_slips(column: pl.Series, slips: pl.Series, style: Style, source: str) -> None:
    marked = _marked(column)
    others = marked.filter(~marked.is_in(slips.implode()))
    thousands = others.filter(others.str.contains("." if style == "comma" else ",", literal=True))
    share = f"{len(slips):,} of {len(marked):,} cells"
    if len(thousands):
        share = f"{share} with a mark, such as {brief(slips[0])!r},"
        why = f"as marks are mixed and {share} can only have a decimal {style}"
        _warn(column.name, thousands[0], style, why, source)
        return
    why = f"as {share} with a {style}, such as {brief(slips[0])!r}, cannot be thousands"
    _warn(column.name, others[0], style, why, source)


def _warn(name: str, example: str, style: Style, why: str, source: str) -> None:
    warn(
        f"{source}: column {brief(name)!r} holds {brief(example)!r}, which is read as "
        f"{brief(_written(pl.Series([example]), style)[0])}, {why}; it could mean another number. If it does, write "
        "all numbers with a point for decimals and no other mark."
    )


def _written(column: pl.Series, style: Style) -> pl.Series:
    """Numbers in the given way of writing to numbers with a point for decimals."""
    if style == "point":
        return column.str.replace_all(",", "", literal=True)
    return column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
