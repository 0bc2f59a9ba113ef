"""Lists of items in cells, such as ``['a', 'b']`` and ``a|b``: `find` says how a column writes them, `read` reads them.

E-mail addresses, URLs and paths are such lists too, see `honed.table.addressed`.

A list is a set: which items it has counts, and not in what order. Read cells are lists of texts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.lazily import pl
from honed.table import addressed
from honed.table.cells import match, texts
from honed.table.missing import is_missing_word, without_missing

if TYPE_CHECKING:
    from jaxtyping import Int, Int32

BRACKETS, SEPARATORS = "[]", ("|", ";", ",")
FORMATS = (BRACKETS, *SEPARATORS, *addressed.FORMATS)

_HEAD = 10_000  # cells that are looked at before all are
_LEAST_CELLS = 20  # below, cells that are alike are no evidence
_LEAST_LISTS = 12  # different ones: so few are told apart as they are
_NEARLY = 0.98  # share of the cells that have brackets
_MOST_ITEMS = 0.5  # different items for each different cell: names, places and sentences have more
# Share of the items that stand first in one cell and later in another: the parts of a code do not.
_MOVING = 0.4
_FIGURES = 0.05  # share of the items without a letter between commas
_REPEATED = 0.1  # share of the cells that hold an item twice: those of sets hold none
_TELLING = 0.5  # share of the items of a column by type that occur more than once
_BRACKETED = r"(?s)^\s*(\[.*\]|\{.*\})\s*$"
_MARKS = r"[\[{|;,]"  # of lists alone: a column without any has none
_ALL_MARKS = r"[\[{|;,@/\\]"  # of addresses and paths too
_KEY = r"""['"]\s*:"""  # of an object
_ITEM = re.compile(
    r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s,'"\[\]{}()][^,'"\[\]{}()]*)""", re.DOTALL
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_NOTHING = {"None", "null", "nan", "NaN"}  # without quotes: no item


def find(column: pl.Series, is_said: bool = False) -> str | None:
    """How the cells write lists: one of `FORMATS`, or "" where the column has such a type.

    None where they do not, or could as well be something else: names, places and sentences, of which nearly each item
    is its own; codes, whose parts have their places; vectors, which have as many numbers each.

    Parameters
    ----------
    column : cells of the training table, those that mean nothing taken out.
    is_said : whether the user has said that the column holds lists.
    """
    if isinstance(column.dtype, (pl.List, pl.Array)):
        if column.dtype.inner.is_nested():
            return None
        return "" if is_said or _tells(read(column, "")) else None
    if column.dtype != pl.String:
        return None
    if not is_said and not _has_marks(column, _ALL_MARKS):
        return None
    cells = texts(column).drop_nulls()
    if (found := addressed.find(cells, is_said)) is not None:
        return found if found != addressed.PATH else _of_paths(cells, is_said)
    if is_said:
        return _most_likely(cells)
    if len(cells) < _LEAST_CELLS or not _has_marks(cells, _MARKS):
        return None
    return next((format for format in (BRACKETS, *SEPARATORS) if _is_written(cells, format)), None)


def _of_paths(cells: pl.Series, is_said: bool) -> str | None:
    """How cells are written that look like URLs or paths: one each, or lists of them, which look like one long one."""
    for format in SEPARATORS:
        if _is_written(cells, format):
            return format
        several = cells.filter(cells.str.contains(format, literal=True))
        if len(several) > (1 - _NEARLY) * len(cells):
            parts = once(read(several, format))
            if addressed.share(parts, addressed.PATH) >= _NEARLY:
                return format if is_said else None
    return addressed.PATH


def _has_marks(column: pl.Series, marks: str) -> bool:
    """Whether some of its first cells hold what lists are written with."""
    head = column.head(_HEAD)
    if head.null_count() == len(head):
        head = column.drop_nulls().head(_HEAD)
    return bool(texts(head).str.contains(marks).any())


def read(column: pl.Series, format: str) -> pl.Series:
    """The items of each cell, a list of texts; null for a cell that is empty, which is no list of nothing.

    A cell that is written otherwise is a list of one item. What was read stays as it is.
    """
    if isinstance(column.dtype, (pl.List, pl.Array)):
        return column if column.dtype == items_type() else _of_type(column)
    cells = texts(column)
    if format not in SEPARATORS:
        cells = without_missing(cells)
        known = {cell: _items(cell, format) for cell in cells.drop_nulls().unique().to_list()}
        return pl.Series(column.name, [known.get(cell) for cell in cells.to_list()], dtype=items_type())
    parts = cells.str.split(format).list.eval(pl.element().str.strip_chars())
    return parts.list.eval(pl.element().filter(pl.element() != "")).alias(column.name)


def _items(cell: str, format: str) -> list[str]:
    return addressed.parts(cell, format) if format in addressed.FORMATS else items_of(cell)


def items_of(cell: str) -> list[str]:
    """The items of a cell in brackets: in quotes of either kind, or bare up to the next comma."""
    if not re.match(_BRACKETED, cell):
        return [cell]
    found = []
    for single, double, bare in _ITEM.findall(cell):
        item = bare.strip() if bare else _ESCAPE.sub(_unescaped, single or double).strip()
        if item and not (bare and item in _NOTHING):
            found.append(item)
    return found


class Placed(NamedTuple):
    """The items of a column one by one: the row of each, its place among known items (-2 for none of them), itself."""

    rows: Int[np.ndarray, " items"]
    places: Int32[np.ndarray, " items"]
    items: pl.Series


def items_type() -> pl.List:
    """The type of what `read` gives; a function, as Polars is loaded late."""
    return pl.List(pl.String)


def placed(column: pl.Series, items: tuple[str, ...]) -> Placed:
    """Which of the known items the lists of a column hold, in any spelling that `match` knows."""
    lengths = column.list.len().fill_null(0).to_numpy()
    found = _exploded(column)
    places, rows = match(found, items), np.repeat(np.arange(len(column)), lengths)
    is_one = places != -1
    if is_one.all():
        return Placed(rows, places, found)
    return Placed(rows[is_one], places[is_one], found.filter(pl.Series(is_one)))


def once(column: pl.Series) -> pl.Series:
    """The items of all rows, each once a row."""
    return texts(_exploded(column.drop_nulls().list.unique())).drop_nulls()


def shown(column: pl.Series) -> pl.Series:
    """Lists as the words of their items; another column as it is."""
    return column.list.join(", ") if column.dtype == items_type() else column


def _exploded(column: pl.Series) -> pl.Series:
    """The items of all rows, in order; nothing for a list of nothing."""
    return column.filter(column.list.len().fill_null(0) > 0).explode()


def _of_type(column: pl.Series) -> pl.Series:
    """Lists of anything as lists of texts."""
    lists = column.arr.to_list() if isinstance(column.dtype, pl.Array) else column
    lengths = lists.list.len()
    items = texts(_exploded(lists)).to_list()
    ends = np.cumsum(lengths.fill_null(0).to_numpy()).tolist()
    found = [
        None if length is None else items[end - length : end]
        for length, end in zip(lengths.to_list(), ends, strict=True)
    ]
    return pl.Series(column.name, found, dtype=items_type())


def _unescaped(match: re.Match[str]) -> str:
    sign = match[1]
    return chr(int(sign[1:], 16)) if len(sign) == 5 else {"n": "\n", "t": "\t"}.get(sign, sign)


def _most_likely(cells: pl.Series) -> str | None:
    """The writing of most cells; None where none is a list of several items."""
    if len(cells) and float(cells.str.contains(_BRACKETED).to_numpy().mean()) > 0.5:
        return BRACKETS
    counts = {format: int(cells.str.contains(format, literal=True).sum()) for format in SEPARATORS}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else None


def _is_written(cells: pl.Series, format: str) -> bool:
    """Whether cells, none of them missing, are lists of that format beyond doubt."""
    if format == BRACKETS:
        cells = cells.filter(~is_missing_word(cells))
        has_brackets = cells.str.contains(_BRACKETED)
        if len(cells) < _LEAST_CELLS or int(has_brackets.sum()) < _NEARLY * len(cells):
            return False
        if bool(cells.str.contains(_KEY).any()):
            return False
    elif not bool(cells.head(_HEAD).str.contains(format, literal=True).any()):
        return False
    if len(cells) > _HEAD:  # of a sample more items are different ones
        head = cells.head(_HEAD).unique()
        if once(read(head, format)).n_unique() > len(head):
            return False
    distinct = cells.unique(maintain_order=True)
    if len(distinct) < _LEAST_LISTS:
        return False
    lists = read(distinct, format)
    return once(lists).n_unique() <= _MOST_ITEMS * len(distinct) and _are_sets(lists, format)


def _are_sets(lists: pl.Series, format: str) -> bool:
    """Whether different lists are sets of items, and no vectors or codes."""
    found = pl.DataFrame({"items": lists}).with_row_index("cell").filter(pl.col("items").list.len() > 0)
    found = found.explode("items").with_columns(place=pl.int_range(pl.len()).over("cell"))
    if not found.height or _are_vectors(lists):
        return False
    if format not in SEPARATORS:
        return True
    if format == "," and float(_are_figures(found["items"]).to_numpy().mean()) > _FIGURES:
        return False  # decimal commas, and marks between thousands
    if _have_direction(lists):
        return False
    first, later = (found.filter(at)["items"].unique() for at in (pl.col("place") == 0, pl.col("place") > 0))
    is_moving = found["items"].is_in(first.implode()) & found["items"].is_in(later.implode())
    return float(is_moving.to_numpy().mean()) >= _MOVING


def _are_vectors(lists: pl.Series) -> bool:
    """Whether lists hold items twice, or as many figures each."""
    lists = lists.drop_nulls()
    is_repeated = lists.list.n_unique() < lists.list.len()
    if float(is_repeated.to_numpy().mean()) > _REPEATED:
        return True
    return lists.list.len().n_unique() == 1 and bool(_are_figures(_exploded(lists)).all())


def _are_figures(items: pl.Series) -> pl.Series:
    """Where an item has no letter, as numbers and times of day."""
    return ~items.str.contains(r"\p{L}")


def _have_direction(lists: pl.Series) -> bool:
    """Whether all lists are pairs, and some are there in either order: from one item to the other."""
    if lists.list.len().n_unique() != 1 or lists.list.len()[0] != 2:
        return False
    return lists.list.sort().list.join("\0").n_unique() < lists.list.join("\0").n_unique()


def _tells(lists: pl.Series) -> bool:
    """Whether lists that are such by their type hold items of which most are those of several rows."""
    items = once(lists)
    if not len(items) or _are_vectors(lists):
        return False
    rows = items.value_counts(name="rows")["rows"]
    return bool(rows.filter(rows > 1).sum() >= _TELLING * len(items))
