"""The columns of a run's table, and these in words for a terminal: `read`, `lines`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from honed.report.facts import KINDS
from honed.report.layout import INDENT, aligned, beside
from honed.run.folder import RunFolder
from honed.table.document import Document, Told

FILE = "schema.json"


def read(run: Path) -> list[Told]:
    """What was understood of each column; nothing where the run has not come so far."""
    folder = RunFolder.open(run)
    return folder.read_json(FILE, Document)["columns"] if (run / FILE).exists() else []


def title(told: Iterable[Told]) -> str:
    """How many columns there are of each kind."""
    kinds = Counter(column.get("kind") if column.get("kind") in KINDS else "left out" for column in told)
    counts = [f"{kinds[kind]:,} {kind}" for kind in (*dict.fromkeys([*KINDS, *kinds]),) if kinds[kind]]
    return f"Columns: {', '.join(counts) or 'none'}"


def lines(told: Sequence[Told], width: int) -> list[str]:
    """Name, kind and evidence of each column side by side."""
    lefts = aligned([(column["name"], _kind(column)) for column in told]) if told else []
    room = max(map(len, lefts), default=0) + 2
    found: list[str] = []
    for left, column in zip(lefts, told, strict=True):
        found += beside(left, _evidence(column), room, width - len(INDENT))
    return found


def _kind(column: Told) -> str:
    """The kind, and the unit where there is one."""
    unit = column.get("unit")
    return f"{column.get('kind')} ({unit})" if unit else str(column.get("kind"))


def _evidence(column: Told) -> str:
    """The evidence, and some cells."""
    examples = ", ".join(map(repr, column.get("examples", [])))
    return f"{column['evidence']}; such as {examples}" if examples else column["evidence"]
