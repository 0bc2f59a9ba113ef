"""What was understood of a table, as a document that people read: `document`.

`honed fit --dry-run --json` prints it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Required, TypedDict

from honed.table.columns import Schema
from honed.table.kinds import Column, Kind
from honed.table.reading import PLAIN, Reading
from honed.typed import JSON


class Told(TypedDict, total=False):
    """A column: what it is taken for, how its cells are read (see `Reading`), and what that rests on.

    `missing` are words that mean an empty cell; `empty` counts the empty cells, of which `taken_as_empty` were such
    words. `format`, `zone` and `note` are of dates. `examples` are some cells as the table has them. The target has
    no kind.
    """

    name: Required[str]
    kind: Kind
    form: str
    format: str
    zone: str
    note: str
    unit: str
    missing: list[str]
    evidence: Required[str]
    examples: list[str]
    distinct: int
    empty: int
    taken_as_empty: int
    levels: list[str]


class ToldTarget(Told, total=False):
    """The target; `classes` as the cells have them, none for a quantity."""

    task: Required[str]
    classes: list[str]


class Document(TypedDict):
    """All columns, the target, and how many rows are meant; `dropped_rows` have no target."""

    rows: int
    dropped_rows: int
    target: ToldTarget
    group: str | None
    columns: list[Told]


def document(schema: Schema) -> Document:
    """The document of a schema."""
    target = schema.target
    told: ToldTarget = {"name": target.name, "task": target.task, "evidence": target.reason}
    told |= _read(target.reading)  # type: ignore[assignment]
    if target.classes:
        told["classes"] = list(target.classes)
    return {
        "rows": schema.rows,
        "dropped_rows": schema.dropped_rows,
        "target": told,
        "group": schema.group,
        "columns": [_column(column) for column in schema.columns],
    }


def _column(column: Column) -> Told:
    told: Told = {"name": column.name, "kind": column.kind}  # type: ignore[typeddict-item]
    told |= _read(column.reading)  # type: ignore[assignment]
    told["evidence"], told["examples"] = column.reason, list(column.examples)
    told["distinct"], told["empty"] = column.distinct, column.missing
    if column.levels:
        told["levels"] = list(column.levels)
    return told


def _read(reading: Reading) -> dict[str, JSON]:
    """What the reading does beside what every reading does."""
    usual = asdict(PLAIN)
    found = {name: value for name, value in asdict(reading).items() if value != usual[name]}
    if "emptied" in found:
        found["taken_as_empty"] = found.pop("emptied")
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found.items()}
