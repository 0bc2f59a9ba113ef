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
    said = [f"Task: {schema.target.task}: {schema.target.reason}. Metric: {metric(prepared)}."]
    if schema.further:
        tasks = ", ".join(f"{target.name} ({target.task})" for target in schema.targets)
        said = [
            f"Targets: {tasks}. Metric: {metric(prepared)}: their losses as shares of a guess's, in the mean."
        ]
    if schema.dropped_rows:
        said.append(f"Left out {counted(schema.dropped_rows, 'row')} whose target is missing.")
    return [*said, *prepared.family.opening(schema), *prepared.notes, f"Split: {splits.reason}."]


def metric(prepared: Prepared) -> str:
    """The metric's name, and the class that it is about, where it is about one."""
    found = prepared.metric
    if found.positive is None:
        return found.name
    which = f"{found.name} of the class {prepared.schema.target.classes[found.positive]!r}"
    return which if prepared.options.positive is not None else f"{which} (--positive names the other)"
