"""What a dry run tells: `Outline`, which `search` fills in and `--json` prints, and `page` in words for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from honed.figures import counted
from honed.report.facts import KINDS
from honed.report.layout import INDENT, aligned, beside, section, wrapped
from honed.report.text import LEAST_WIDTH
from honed.table.document import Document, Told


class Outline(Document):
    """What was understood of the table, and what a run would do; sentences but for the metric's name."""

    data: str
    metric: str
    split: str
    notes: list[str]
    plan: list[str]


def page(outline: Outline, width: int = 100) -> str:
    """The whole page.

    Parameters
    ----------
    width : columns of the terminal; at least 60 are used.
    """
    width = max(width, LEAST_WIDTH)
    target, dropped = outline["target"], outline["dropped_rows"]
    rows = counted(outline["rows"], "row")
    if dropped:
        rows += f"; {counted(dropped, 'row')} without a target {'is' if dropped == 1 else 'are'} left out"
    parts = [
        ("Target", [f"{target['task']}: {target['evidence']}", f"metric: {outline['metric']}", rows]),
        (columns_title(outline["columns"]), columns(outline["columns"], width)),
        ("Split", [outline["split"]]),
        ("Plan", outline["plan"]),
        ("Notes", outline["notes"]),
    ]
    title = wrapped(
        f"{target['name']!r} from {outline['data']} · dry run: nothing is trained or written", width
    )
    sections = [title, *(section(head, lines, width) for head, lines in parts)]
    return "\n\n".join(part for part in sections if part) + "\n"


def columns_title(told: Iterable[Told]) -> str:
    """How many columns there are of each kind."""
    kinds = Counter(column.get("kind") if column.get("kind") in KINDS else "left out" for column in told)
    counts = [f"{kinds[kind]:,} {kind}" for kind in (*dict.fromkeys([*KINDS, *kinds]),) if kinds[kind]]
    return f"Columns: {', '.join(counts)}"


def columns(told: Sequence[Told], width: int) -> list[str]:
    """Name, kind and evidence of each column side by side."""
    lefts = aligned([(column["name"], kind_of(column)) for column in told]) if told else []
    room = max(map(len, lefts), default=0) + 2
    lines: list[str] = []
    for left, column in zip(lefts, told, strict=True):
        lines += beside(left, evidence_of(column), room, width - len(INDENT))
    return lines


def kind_of(column: Told) -> str:
    """The kind, and the unit where there is one."""
    unit = column.get("unit")
    return f"{column.get('kind')} ({unit})" if unit else str(column.get("kind"))


def evidence_of(column: Told) -> str:
    """The evidence, and some cells."""
    examples = ", ".join(map(repr, column.get("examples", [])))
    return f"{column['evidence']}; such as {examples}" if examples else column["evidence"]
