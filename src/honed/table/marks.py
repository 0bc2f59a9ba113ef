"""Decimal commas and marks between thousands: which mark of a column's numbers separates decimals.

A column is looked at as a whole: only where every cell is a number in one way of writing is it read so. ``1,921`` and
``1.921`` can be both 1921 and 1.921: the other columns of the file tell, else the mark separates thousands if it is a
comma and decimals if it is a point, and where that is a guess it is said. So it is where but a few cells tell. A later
table is read as the training table was, and where it can only be meant otherwise, otherwise.

All functions look at cores: texts of sign, digits and marks alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from honed.errors import warn
from honed.lazily import pl
from honed.table.cells import brief

Style = Literal["comma", "point"]  # what separates decimals

BETWEEN_THOUSANDS: dict[Style, str] = {"comma": "[. '’\u00a0\u202f]", "point": "[, '’\u00a0\u202f]"}
_FEW_SLIPS = 0.05  # of the cells with a mark; of decimals a tenth has fewer than three digits
_NUMBER = (  # marks of thousands and of decimals
    r"^\s*[+-]?((\d+|[1-9]\d{0,2}(%s\d{3})+|[1-9]\d?(%s\d{2})+%s\d{3})(%s\d+)?|%s\d+)([eE][+-]?\d+)?\s*$"
)
_WAYS: dict[Style, str] = {
    "comma": _NUMBER % (r"\.", r"\.", r"\.", ",", ","),
    "point": _NUMBER % (",", ",", ",", r"\.", r"\."),
}
_COMMA = re.compile(_WAYS["comma"])
_WITH_EXPONENT = r"[.,]\d*[eE]"  # which nobody writes behind marks of thousands
_MARK = r"[.,]"
_ADVICE = "If it does, write all numbers with a point for decimals and no other mark."


class Evidence(NamedTuple):
    """What the columns of a file tell: the ways of writing of those that can be read in one way, and of those of them
    for which more than a few cells tell."""

    sure: frozenset[Style] = frozenset()
    certain: frozenset[Style] = frozenset()


def evidence(cores: Mapping[str, pl.Series]) -> Evidence:
    """What columns of numbers tell together."""
    found = {name: _styles(core) for name, core in cores.items()}
    one: dict[str, Style] = {name: styles[0] for name, styles in found.items() if len(styles) == 1}
    certain: set[Style] = {style for name, style in one.items() if not len(_slips(cores[name], style))}
    return Evidence(frozenset(one.values()), frozenset(certain))


def may_be_thousands(sample: pl.Series) -> bool:
    """Whether points of some plain numbers, all or nearly all, may separate thousands."""
    marked = [cell for cell in sample.to_list() if "." in cell]
    slips, most = 0, _FEW_SLIPS * len(marked)
    for cell in marked:  # of most columns the first few tell
        slips += _COMMA.match(cell) is None
        if slips > most:
            return False
    return bool(marked)


def choose(name: str, core: pl.Series, file: Callable[[], Evidence], source: str) -> Style | None:
    """What separates the decimals of a column of the training table; None where no way of writing fits all cells.

    Parameters
    ----------
    file : what the other columns tell; asked only where it matters.
    source : the file's name, for warnings.

    Warns
    -----
    DataWarning
        The column can be read in two ways, or could but for a few cells, and nothing in the file says which is meant.
    """
    marked = _marked(core)
    if not len(marked):
        return "point"
    styles = _styles(core)
    if not styles:
        return None
    if len(styles) == 2:
        return _chosen(name, marked, len(marked) < len(core), file().sure, source)
    slips = _slips(core, styles[0])
    if len(slips) and file().certain != {styles[0]}:
        _warn_of_slips(name, marked, slips, styles[0], source)
    return styles[0]


def later(
    name: str, core: pl.Series, style: Style, is_grouped: bool, file: Callable[[], Evidence], source: str
) -> pl.Series:
    """The numbers of a column of a later table, with a point for decimals alone; null where a cell is none.

    Parameters
    ----------
    style : what separated decimals in the training table.
    is_grouped : whether that had marks between thousands.
    file : what the other columns of the later table tell.

    Warns
    -----
    DataWarning
        A cell can be read in two ways, and the later table does not say that it is written as the training table.
    """
    other: Style = "point" if style == "comma" else "comma"
    is_own, is_other = fits(core, style).fill_null(False), fits(core, other).fill_null(False)
    is_marked = core.str.contains(_MARK).fill_null(False)
    is_doubtful = is_marked & is_own & is_other
    way = style
    if is_doubtful.any():
        has_own, has_other = bool((is_own & ~is_other).any()), bool((is_other & ~is_own).any())
        way = _way_of_later(
            name, core.filter(is_doubtful), (style, is_grouped), (has_own, has_other), file, source
        )
    is_own, is_other = (is_own, is_other & ~is_own) if way == style else (is_own & ~is_other, is_other)
    nothing = pl.Series([None] * len(core), dtype=pl.String)
    return written(core, style).zip_with(is_own, written(core, other).zip_with(is_other, nothing))


def fits(core: pl.Series, style: Style) -> pl.Series:
    """Where a text is a number in that way of writing."""
    of_thousands = "." if style == "comma" else ","
    is_grouped = core.str.contains(_WITH_EXPONENT) & core.str.contains(of_thousands, literal=True)
    return core.str.contains(_WAYS[style]) & ~is_grouped


def written(core: pl.Series, style: Style) -> pl.Series:
    """Numbers in the given way of writing to numbers with a point for decimals."""
    if style == "point":
        return core.str.replace_all(",", "", literal=True)
    return core.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)


def warn_of_parts(name: str, example: str, source: str) -> None:
    """Warn of numbers up to 1 without a sign in a column of percents."""
    warn(
        f"{_place(source)}column {brief(name)!r} was given in % for training, and holds {example} without it, which "
        f"is read as {example}%. If it is meant as a part of one, multiply the column by 100."
    )


def _styles(core: pl.Series) -> list[Style]:
    """The ways of writing in which every cell is a number; none for columns without a mark."""
    if not bool(core.str.contains(_MARK).any()):
        return []
    return [style for style in _WAYS if bool(fits(core, style).all())]


def _slips(core: pl.Series, style: Style) -> pl.Series:
    """The few cells but for which the column could be read the other way: ``1,92`` among many of ``1,921`` and ``396``.

    None where a cell has a leading zero or two marks, which is no slip, or where every cell has a mark.
    """
    marked = _marked(core)
    slips = marked.filter(~fits(marked, "point" if style == "comma" else "comma"))
    is_sure = bool(slips.str.contains(r"^\s*[+-]?0|[.,].*[.,]").any())
    is_few = len(slips) <= _FEW_SLIPS * len(marked) and len(marked) < len(core)
    return slips if is_few and not is_sure else slips.clear()


def _marked(core: pl.Series) -> pl.Series:
    return core.filter(core.str.contains(_MARK))


def _chosen(name: str, marked: pl.Series, has_whole: bool, sure: frozenset[Style], source: str) -> Style:
    """Of a column that can be read in both ways: the file's, or that with a point for decimals."""
    told = next(iter(sure)) if len(sure) == 1 else None
    commas = marked.filter(marked.str.contains(",", literal=True))
    if told == "comma":
        _warn(name, marked[0], told, "as other columns have decimal commas", source)
        return told
    if len(commas) and told is None:
        points = marked.filter(marked.str.contains(".", literal=True))
        mixed = (
            f"as marks are mixed and cells such as {brief(points[0])!r} have a point" if len(points) else ""
        )
        _warn(name, commas[0], "point", mixed or "as three digits follow each comma", source)
    elif not sure and has_whole:
        why = "although three digits follow each point, as between thousands"
        _warn(name, marked[0], "point", why, source)
    return "point"


def _way_of_later(
    name: str,
    doubtful: pl.Series,
    trained: tuple[Style, bool],
    seen: tuple[bool, bool],
    file: Callable[[], Evidence],
    source: str,
) -> Style:
    """How the cells of a later column are read that can be read in both ways: as the cells beside them are meant."""
    style, is_grouped = trained
    other: Style = "point" if style == "comma" else "comma"
    if seen == (True, False):
        return style
    if seen == (False, True):
        return other
    if seen == (True, True):
        _warn(name, doubtful[0], style, f"as in training, although some cells have a decimal {other}", source)
        return style
    told = next(iter(file().sure), None) if len(file().sure) == 1 else None
    if told == other:
        if other == "comma" or is_grouped:
            _warn(name, doubtful[0], other, f"as other columns have decimal {other}s", source)
        return other
    strange = doubtful.filter(doubtful.str.contains("," if style == "point" else ".", literal=True))
    if told == style or not len(strange) or (style == "point" and is_grouped):
        return style
    way: Style = style if style == "point" or is_grouped else other
    _warn(name, strange[0], way, f"as decimals had a {style} in training", source)
    return way


def _warn_of_slips(name: str, marked: pl.Series, slips: pl.Series, style: Style, source: str) -> None:
    others = marked.filter(~marked.is_in(slips.implode()))
    thousands = others.filter(others.str.contains("." if style == "comma" else ",", literal=True))
    share = f"{len(slips):,} of {len(marked):,} cells"
    if len(thousands):
        share = f"{share} with a mark, such as {brief(slips[0])!r},"
        why = f"as marks are mixed and {share} can only have a decimal {style}"
        _warn(name, thousands[0], style, why, source)
        return
    why = f"as {share} with a {style}, such as {brief(slips[0])!r}, cannot be thousands"
    _warn(name, others[0], style, why, source)


def _warn(name: str, example: str, style: Style, why: str, source: str) -> None:
    warn(
        f"{_place(source)}column {brief(name)!r} holds {brief(example)!r}, which is read as "
        f"{brief(written(pl.Series([example]), style)[0])}, {why}; it could mean another number. {_ADVICE}"
    )


def _place(source: str) -> str:
    return f"{source}: " if source else ""
