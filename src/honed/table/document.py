"""What was understood of a table, as a document that people read: `document`.

It is `schema.json` in a run's folder, `honed fit --dry-run --json` prints it, and `honed.table.said` takes it back.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import NotRequired, Required, TypedDict, cast

from honed.table.columns import Schema
from honed.table.kinds import Column, Kind
from honed.table.reading import PLAIN, Reading
from honed.table.target import Target
from honed.typed import JSON

_ABOUT = (
    "Of each column, kind (numeric, categorical, date, list, words, excluded), missing (its words for an empty cell) "
    "and how its cells are read (form, format, unit) may be edited, and its levels given from least to most (order); "
    "of the target the task; and the file given back with --schema. The rest tells what was found."
)


_WORDS = 20  # of texts that are told


class Cells(TypedDict, total=False):
    """How the cells of a column are read (see `Reading`), and what its kind, or its task, rests on.

    `missing` are words that mean an empty cell, and `taken_as_empty` counts the cells that were such; `zone` and `note`
    are of dates, `format` is of dates and of lists.
    """

    name: Required[str]
    form: str
    format: str
    zone: str
    note: str
    unit: str
    missing: list[str]
    taken_as_empty: int
    evidence: Required[str]


class Told(Cells, total=False):
    """A column; `empty` counts all empty cells, and `examples` are some cells as the table has them.

    `order` are levels from least to most, where that was said. Of lists `distinct` counts items, and `levels` are those
    with an input of their own; of texts it counts words, and these are the most frequent ones.
    """

    kind: Required[Kind]
    examples: list[str]
    distinct: int
    empty: int
    levels: list[str]
    order: list[str]


class ToldTarget(Cells, total=False):
    """The target; `classes` as the cells have them, none for a quantity."""

    task: Required[str]
    classes: list[str]


class Document(TypedDict):
    """All columns, the target, and how many rows are meant; `dropped_rows` have no target, `about` is for readers.

    `further` are the targets beside the main one.
    """

    about: str
    rows: int
    dropped_rows: int
    target: ToldTarget
    further: NotRequired[list[ToldTarget]]
    group: str | None
    time: str | None
    columns: list[Told]


def document(schema: Schema) -> Document:
    """The document of a schema."""
    found: Document = {
        "about": _ABOUT,
        "rows": schema.rows,
        "dropped_rows": schema.dropped_rows,
        "target": _target(schema.target),
        "group": schema.group,
        "time": schema.time,
        "columns": [_column(column) for column in schema.columns],
    }
    if schema.further:
        found["further"] = [_target(each) for each in schema.further]
    return found


def _target(target: Target) -> ToldTarget:
    evidence = "; ".join(filter(None, [target.reason, target.reading.evidence()]))
    told: dict[str, JSON] = {"name": target.name, "task": target.task, **_read(target.reading)}
    told |= {"evidence": evidence} | ({"classes": list(target.classes)} if target.classes else {})
    return cast(ToldTarget, told)


def _column(column: Column) -> Told:
    told: dict[str, JSON] = {"name": column.name, "kind": column.kind, **_read(column.reading)}
    told |= {"evidence": column.reason, "examples": list(column.examples)}
    told |= {"distinct": column.distinct, "empty": column.missing}
    if column.levels:
        told["levels"] = list(column.levels[:_WORDS] if column.kind == "words" else column.levels)
    if column.order:
        told["order"] = list(column.order)
    return cast(Told, told)


def _read(reading: Reading) -> dict[str, JSON]:
    """What the reading does beside what every reading does."""
    usual = asdict(PLAIN)
    found = {name: value for name, value in asdict(reading).items() if value != usual[name]}
    if "emptied" in found:
        found["taken_as_empty"] = found.pop("emptied")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
