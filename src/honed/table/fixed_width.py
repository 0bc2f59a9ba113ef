"""Columns that stand at the same places in all lines, with spaces between them: found, and cut by tabs."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.table.cells import brief, is_figure, share_of_figures

_LEAST_LINES = 6  # of fewer, words stand below each other by chance
_LEAST_KNOWN = 2  # names of columns
_MOST_LETTERS = 2_000  # of a line
SAMPLE = 200  # lines that are looked at
_MOST_ABOVE = 5  # lines above the columns
_FIGURES = 0.9  # share of the cells of a column of numbers
_RULE = re.compile(r"[\s+|=-]*[=-]{3,}[\s+|=-]*")  # a line that is drawn
_BLOCK = 1 << 10  # lines that are looked at together
_SPACE = 32

Span = tuple[int, int]


class Places(NamedTuple):
    """From which to which letter of a line the columns stand, and how many lines are above them."""

    spans: tuple[Span, ...]
    above: int = 0


def find(text: str, known: Collection[str] = ()) -> Places | None:
    """Where the columns of a table's first lines are; None where they are not certainly such.

    They are where in all lines the same places are blank, and between these the cells below the first line all begin at
    one place, or all end at one, with numbers in one column at least.

    Parameters
    ----------
    known : names of columns of which some should be in the first line; where they are, fewer lines do.
    """
    lines = list(itertools.islice(_lines(text), SAMPLE))
    if any("\t" in line or len(line) > _MOST_LETTERS for line in lines):
        return None
    full = [place for place, line in enumerate(lines) if line.strip() and not _RULE.fullmatch(line)]
    for first in full[: _MOST_ABOVE + 1]:
        rows = [lines[place] for place in full if place >= first]
        spans = _spans(rows)
        if len(spans) < 2 or len(rows) < 2 or (first > full[0] and not _are_names(rows[0], spans)):
            continue
        if _are_columns(rows, spans, known):
            return Places(spans, first)
    return None


def by_tabs(text: str, places: Places, source: str) -> str:
    """The text with tabs between the cells, line by line; lines above have one cell, and drawn lines none.

    Raises
    ------
    InputError
        A line has a letter in each place between two columns that others leave blank.
    """
    lines = list(_lines(text))
    cuts = _cuts(lines, places, source)
    found = io.StringIO(newline="")
    writer = csv.writer(found, delimiter="\t", lineterminator="\n")
    for number, line in enumerate(lines):
        if not line.strip() or _RULE.fullmatch(line):
            found.write("\n")
        elif number < places.above:
            writer.writerow([line.strip()])
        else:
            writer.writerow([line[start:end].strip() for start, end in itertools.pairwise(cuts)])
    return found.getvalue().removesuffix("\n")


def said(places: Places) -> str:
    """How the columns were found, in a sentence."""
    starts = ", ".join(str(start + 1) for start, _ in places.spans[:8])
    more = ", …" if len(places.spans) > 8 else ""
    count = counted(len(places.spans), "column")
    return f"Its {count} stand at the same places in all lines, from the letters {starts}{more} on."


def _lines(text: str) -> Iterator[str]:
    return (line.removesuffix("\r").replace("\r", " ") for line in text.split("\n"))


def _filled(lines: Sequence[str], width: int) -> np.ndarray:
    """How many lines have a letter that is no space at each of so many places, int (width,)."""
    found = np.zeros(width, np.int64)
    for start in range(0, len(lines), _BLOCK):
        block = np.array(lines[start : start + _BLOCK], f"U{width}")  # which cuts longer ones
        letters = block.view(np.uint32).reshape(len(block), width)
        found += ((letters != _SPACE) & (letters != 0)).sum(axis=0)
    return found


def _spans(rows: Sequence[str]) -> tuple[Span, ...]:
    """Where some line has letters, and all are blank before and behind.

    Of a header of several words what has nothing below belongs to the nearer neighbour, and what has no name to the
    column before it, as a cell of several words.
    """
    is_filled = np.concatenate([[False], _filled(rows, max(map(len, rows))) > 0, [False]]).astype(np.int8)
    ends = np.flatnonzero(np.diff(is_filled))
    spans: list[Span] = [(int(start), int(end)) for start, end in zip(ends[::2], ends[1::2], strict=True)]
    head, body = rows[0], rows[1:]
    is_header = not any(is_figure(head[start:end].strip()) for start, end in spans)
    place = 0
    while is_header and len(spans) > 1 and place < len(spans):
        start, end = spans[place]
        if not any(row[start:end].strip() for row in body):
            before = start - spans[place - 1][1] if place else len(head)
            behind = spans[place + 1][0] - end if place + 1 < len(spans) else len(head)
            first = place - 1 if before < behind else place
        elif not head[start:end].strip() and place:
            first = place - 1
        else:
            place += 1
            continue
        spans[first : first + 2] = [(spans[first][0], spans[first + 1][1])]
        place = max(first, 0)
    return tuple(spans)


def _are_names(row: str, spans: Sequence[Span]) -> bool:
    """Whether each column has a word in this line, so that lines above it are none of the table's."""
    cells = [row[start:end].strip() for start, end in spans]
    return all(cells) and not any(map(is_figure, cells))


def _are_columns(rows: Sequence[str], spans: Sequence[Span], known: Collection[str]) -> bool:
    names = {rows[0][start:end].strip() for start, end in spans}
    if any("  " in name for name in names):
        return False  # two columns that some row joins
    if known:
        return len(names.intersection(known)) >= min(_LEAST_KNOWN, len(set(known)))
    columns = [[row[start:end] for row in rows[1:] if row[start:end].strip()] for start, end in spans]
    return (
        len(rows) >= _LEAST_LINES
        and all(map(_is_aligned, columns))
        and any(share_of_figures([cell.strip() for cell in column]) >= _FIGURES for column in columns)
    )


def _is_aligned(cells: Sequence[str]) -> bool:
    """Whether cells, as wide as their column, all begin at one place, or all end at one."""
    begins = {len(cell) - len(cell.lstrip()) for cell in cells}
    ends = {len(cell.rstrip()) for cell in cells}
    return bool(cells) and 1 in (len(begins), len(ends))


def _cuts(lines: Sequence[str], places: Places, source: str) -> list[int]:
    """The places at which to cut all lines, the first and the last included."""
    numbers = [
        number
        for number, line in enumerate(lines)
        if number >= places.above and line.strip() and not _RULE.fullmatch(line)
    ]
    rows = [lines[number] for number in numbers]
    filled = _filled(rows, places.spans[-1][1])
    cuts = [0]
    for (_, end), (start, _) in itertools.pairwise(places.spans):
        blank = end + np.flatnonzero(filled[end:start] == 0)
        # Letters beside a column are of a longer cell of it; of which column others are, nobody can say.
        first, last = (blank[0], blank[-1] + 1) if len(blank) else (end, start)
        doubtful = first + np.flatnonzero(filled[first:last])
        if len(doubtful):
            place = int(doubtful[0])
            wrong = next(
                number for number, row in zip(numbers, rows, strict=True) if row[place : place + 1].strip()
            )
            raise InputError(
                f"{source}: line {wrong + 1} ({brief(repr(lines[wrong]))}) has a letter at place {place + 1}, which "
                "stands between two columns and is blank in the first lines. Columns were found by such places. "
                "Correct the line, or separate the cells by a comma, semicolon, tab or bar."
            )
        cuts.append(int(first))
    return [*cuts, max(map(len, rows), default=0)]
