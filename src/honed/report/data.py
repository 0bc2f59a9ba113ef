"""The table as the run took it: rows, columns by kind, and those left out: `table`."""

from __future__ import annotations

from collections import defaultdict
from typing import cast

from honed.figures import counted
from honed.report.facts import KINDS, Rows
from honed.report.files import Files
from honed.report.parts import LeftOut, Table, TableRows, TableTarget
from honed.table.document import ToldTarget


def table(files: Files) -> Table | None:
    """The part "table" of a story."""
    columns = files.schema.get("columns")
    if columns is None:
        return None
    used: dict[str, int] = defaultdict(int)
    left_out: list[LeftOut] = []
    for column in columns:
        if column["kind"] in KINDS:
            used[column["kind"]] += 1
        else:
            left_out.append({"name": column["name"], "kind": column["kind"], "reason": column["evidence"]})
    if files.schema["group"] is not None:
        reason = "no input: its equal values keep rows together (--group)"
        left_out.append({"name": files.schema["group"], "kind": "group", "reason": reason})
    rows: Rows = files.summary.get("rows", {})
    target, *further = (_target(told) for told in (files.schema["target"], *files.schema.get("further", [])))
    count = files.schema.get("rows") or sum(rows.get(name, 0) for name in ("train", "outer"))
    says = f"{counted(count, 'row')} with {'all targets' if further else 'a target'}."
    if columns:
        kinds = ", ".join(f"{number} {kind}" for kind, number in used.items())
        says = f"{says[:-1]} and {counted(len(columns), 'column')} beside it: {kinds}"
        says += f"; {len(left_out)} left out." if left_out else "; none is left out."
    missing = sum(column.get("empty", 0) for column in columns)
    return {
        "says": says,
        "target": target,
        "further": further,
        "rows": cast(TableRows, {"all": count, "dropped": files.schema.get("dropped_rows", 0), **rows}),
        "kinds": dict(used),
        "missing": missing,
        "left_out": left_out,
        "columns": [
            {
                "name": column["name"],
                "kind": column["kind"],
                "unit": column.get("unit", ""),
                "missing": column.get("empty", 0),
                "taken_as_empty": column.get("taken_as_empty", 0),
                "words_for_empty": column.get("missing", []),
                "distinct": column.get("distinct", 0),
                "reason": column["evidence"],
                "examples": column.get("examples", []),
            }
            for column in columns
        ],
    }


def _target(told: ToldTarget) -> TableTarget:
    return {"name": told["name"], "task": told["task"], "reason": told["evidence"]}
