"""What a dry run tells: `Outline`, which `search` fills in and `--json` prints, and `page` in words for a terminal."""

from __future__ import annotations

from honed.figures import counted
from honed.report.columns import lines, title
from honed.report.layout import LEAST_WIDTH, section, wrapped
from honed.table.document import Document
from honed.typed import JSON


class Outline(Document):
    """What was understood of the table, and what a run would do; sentences but for the metric's name.

    `findings` are what the rules on data see, worst first, as `honed diagnose --json` prints them.
    """

    data: str
    metric: str
    split: str
    notes: list[str]
    plan: list[str]
    findings: list[dict[str, JSON]]


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
        lacking = "that lack one of them" if outline.get("further") else "without a target"
        rows += f"; {counted(dropped, 'row')} {lacking} {'is' if dropped == 1 else 'are'} left out"
    further = outline.get("further", [])
    asked = [f"{own['task']}: {own['evidence']}" for own in (target, *further)]
    parts = [
        ("Targets" if further else "Target", [*asked, f"metric: {outline['metric']}", rows]),
        (title(outline["columns"]), lines(outline["columns"], width)),
        ("Split", [outline["split"]]),
        ("Plan", outline["plan"]),
        ("Noticed", [f"{one['severity']}: {one['what']} {one['action']}" for one in outline["findings"]]),
        ("Notes", outline["notes"]),
    ]
    names = " and ".join(repr(own["name"]) for own in (target, *further))
    top = wrapped(f"{names} from {outline['data']} · dry run: nothing is trained or written", width)
    sections = [top, *(section(head, said, width) for head, said in parts)]
    return "\n\n".join(part for part in sections if part) + "\n"
