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
    """One sentence for each thing that was decided about the data."""
    schema, splits = prepared.schema, prepared.splits
    said = [f"Task: {schema.target.task}: {schema.target.reason}. Metric: {_metric(prepared)}."]
    if schema.dropped_rows:
        said.append(f"Left out {counted(schema.dropped_rows, 'row')} whose target is missing.")
    return [*said, *prepared.family.opening(schema), *prepared.notes, f"Split: {splits.reason}."]


def _metric(prepared: Prepared) -> str:
    metric = prepared.metric
    if metric.positive is None:
        return metric.name
    which = f"{metric.name} of the class {prepared.schema.target.classes[metric.positive]!r}"
    return which if prepared.options.positive is not None else f"{which} (--positive names the other)"
