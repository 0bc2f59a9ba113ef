"""Text laid out for a terminal: sections, columns that line up, lines that wrap."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

LEAST_WIDTH = 60  # columns of a terminal
INDENT = "  "


def section(title: str, lines: Iterable[str], width: int) -> str:
    """A title and its lines below it, indented; empty where there are none."""
    body = [wrapped(line, width, INDENT) for line in lines if line.strip()]
    return "\n".join([wrapped(title, width), *body]) if body else ""


def wrapped(line: str, width: int, indent: str = "") -> str:
    """The line as it is where it fits (wrapping would close the gaps between columns)."""
    if len(indent) + len(line) <= width:
        return indent + line
    return textwrap.fill(line, width, initial_indent=indent, subsequent_indent=indent + INDENT * 2)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of texts with their columns lined up; a column that is empty throughout is left out."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True) if width).rstrip()
        for row in rows
    ]


def beside(left: str, text: str, room: int, width: int) -> list[str]:
    """`text` wrapped in a column of its own, right of `left`; below it where the column would be narrow."""
    if width - room < 30:
        return [left, *textwrap.wrap(text, width - 4, initial_indent=" " * 4, subsequent_indent=" " * 4)]
    first, *rest = textwrap.wrap(text, width - room) or [""]
    return [(left.ljust(room) + first).rstrip(), *(" " * room + line for line in rest)]
