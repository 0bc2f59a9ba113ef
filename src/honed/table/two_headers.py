"""Names of columns in two rows: groups over names, as official statistics have them.

Both rows are names only where one alone would not do and what stands below agrees: columns of numbers under words, or
the same names, such as years, under each group. A row of units is none of names; see `honed.table.outside`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from honed.table.cells import is_figure, share_of_figures
from honed.table.missing import MISSING_WORDS

_LEAST_ROWS = 3  # below both
_BODY = 0.9  # share of the rows below that have the table's width, and of a column's cells that are figures
_MOST_REPEATED = 2  # groups under which the same names stand, where these are figures
Row = Sequence[str]


class Names(NamedTuple):
    """Names of the columns, and how many of the first rows hold them."""

    names: tuple[str, ...]
    lines: int


def find(rows: Sequence[Row], width: int, known: Collection[str] = ()) -> Names | None:
    """What two rows of names, the first of these, name together; None where they are not certainly such.

    Parameters
    ----------
    rows : the first rows of a table, cells without spaces around. width : cells of most of them.
    known : names of columns that some should be; where both rows give more of these than one, no row below has to
        tell more.
    """
    if width < 2 or len(rows) < 3 or len(rows[1]) != width or len(rows[0]) > width:
        return None
    above, below = [*rows[0], *[""] * (width - len(rows[0]))], list(rows[1])
    lines = 2
    if _names_the_index(rows[2], above, below):
        lines, below = 3, [name or index for name, index in zip(below, rows[2], strict=True)]
    body = [row for row in rows[lines:] if len(row) == width]
    if len(body) < max(1, _BODY * len(rows[lines:])):
        return None
    columns = [[cell for cell in column if cell] for column in zip(*body, strict=True)]
    numeric = [place for place, cells in enumerate(columns) if cells and share_of_figures(cells) >= _BODY]
    groups = _groups(above, below)
    of = [group[0] for group in groups for _ in group[1]]
    names = tuple(" ".join(dict.fromkeys(filter(None, pair))) for pair in zip(of, below, strict=True))
    if len(set(names)) < width or not all(names[1:]):
        return None
    of_both, of_one = _most_known([names], known), _most_known(rows[:lines], known)
    if of_both > of_one:
        return Names(names, lines)
    if (known and of_one) or len(body) < _LEAST_ROWS or not numeric:
        return None
    spans = [places for name, places in groups if name and len(places) > 1]
    under = [below[place] for place in numeric if below[place]]
    if any(cell.lower() in MISSING_WORDS for cell in under):
        return None
    of_spans = [[below[place] for place in places] for places in spans]
    is_sure = bool(spans) and _needs_groups(above, below) and (_are_words(under) or _repeat(of_spans))
    return Names(names, lines) if is_sure else None


def _most_known(rows: Sequence[Row], known: Collection[str]) -> int:
    return max(len(set(known).intersection(row)) for row in rows)


def _groups(above: Row, below: Row) -> list[tuple[str, list[int]]]:
    """The words of the upper row with the columns that each is over: of its cell, and of empty or like cells behind.

    A first cell that is empty, or over an empty one, is over its own column alone.
    """
    groups: list[tuple[str, list[int]]] = []
    for place, name in enumerate(above):
        last = groups[-1][0] if groups else ""
        is_same = bool(last) and name in ("", last) and bool(below[place]) and bool(below[place - 1])
        if is_same:
            groups[-1][1].append(place)
        else:
            groups.append((name, [place]))
    return groups


def _names_the_index(row: Row, above: Row, below: Row) -> bool:
    """Whether a third row names the first columns, which both above leave empty, and no other, as pandas writes it."""
    if len(row) != len(below):
        return False
    named = [place for place, cell in enumerate(row) if cell]
    return bool(named) and all(not above[place] and not below[place] for place in named)


def _are_words(under: Row) -> bool:
    """Whether the names over numbers are words, and there is one."""
    return bool(under) and not any(map(is_figure, under))


def _needs_groups(above: Row, below: Row) -> bool:
    """Whether the lower names alone would not do: some are alike, or empty where the upper row has one.

    Else the upper row may as well be a title.
    """
    names = [name for name in below if name]
    is_completed = any(upper and not name for upper, name in zip(above, below, strict=True))
    return sum(map(bool, above)) > 1 and (len(set(names)) < len(names) or is_completed)


def _repeat(names: list[list[str]]) -> bool:
    """Whether the same names, such as years, stand under several groups."""
    return len(names) >= _MOST_REPEATED and all(each == names[0] for each in names[1:])
