"""What a run says before it starts: rows left out, the task and the rule behind it, columns left out."""

from __future__ import annotations

from honed.figures import counted
from honed.report.progress import Progress
from honed.search.prepare import Prepared


def tell(prepared: Prepared, progress: Progress) -> None:
    """Say it."""
    for sentence in sentences(prepared):
        progress.say(sentence)


def sentences(prepared: Prepared) -> list[str]:
    """One sentence for each thing that was decided about the table."""
    schema, splits = prepared.schema, prepared.splits
    said = [f"Task: {schema.target.task}: {schema.target.reason}. Metric: {_metric(prepared)}."]
    if schema.dropped_rows:
        said.append(f"Left out {counted(schema.dropped_rows, 'row')} whose target is missing.")
    counts = [
        (kind, sum(column.kind == kind for column in schema.columns))
        for kind in ("numeric", "boolean", "categorical")
    ]
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts if count)
    said.append(f"Rows: {schema.rows:,}. Columns: {kinds}.")
    for column in schema.columns:
        if not column.used:
            said.append(f"Column {column.name!r} ({column.kind}) {_left_out(column.reason)}.")
    return [*said, *prepared.notes, f"Split: {splits.reason}."]


def _metric(prepared: Prepared) -> str:
    metric = prepared.metric
    if metric.positive is None:
        return metric.name
    which = f"{metric.name} of the class {prepared.schema.target.classes[metric.positive]!r}"
    return which if prepared.options.positive is not None else f"{which} (--positive names the other)"


def _left_out(reason: str) -> str:
    return reason if reason.startswith("left out") else f"left out: {reason}"
