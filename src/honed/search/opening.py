"""What a run says before it starts: rows left out, the task and the rule behind it, columns left out."""

from __future__ import annotations

from honed.figures import counted
from honed.report.progress import Progress
from honed.search import devices
from honed.search.prepare import Prepared
from honed.search.sharing import share_of_rounds


def tell(prepared: Prepared, progress: Progress) -> None:
    """Say it."""
    for sentence in sentences(prepared):
        progress.say(sentence)


def sentences(prepared: Prepared) -> list[str]:
    """One sentence for each thing that was decided about the data."""
    schema, splits = prepared.schema, prepared.splits
    said = [f"Task: {schema.target.task}: {schema.target.reason}. Metric: {metric(prepared)}."]
    if schema.further:
        said = [f"Target {target.name!r}: {target.task}: {target.reason}." for target in schema.targets]
        said.append(
            f"Metric: {metric(prepared)}: the mean of all targets' losses, each as a share of what a guess loses "
            f"(1 is a guess). Rows are shared out by {schema.target.name!r}."
        )
    if schema.dropped_rows:
        which = "of which a target is missing" if schema.further else "whose target is missing"
        said.append(f"Left out {counted(schema.dropped_rows, 'row')} {which}.")
    return [
        *said,
        *prepared.family.opening(schema),
        *prepared.notes,
        f"Split: {splits.reason}.",
        *rounds(prepared),
        *devices.told(prepared.options),
    ]


def rounds(prepared: Prepared) -> list[str]:
    """That the search is the first of several rounds, and what the others take; nothing where it is the only one."""
    number = len(prepared.rounds)
    if not number:
        return []
    sizes = [len(each.splits.outer) for each in prepared.rounds]
    each = counted(max(sizes), "row") if min(sizes) == max(sizes) else f"{min(sizes)} to {max(sizes):,} rows"
    anew = prepared.searches_anew
    if prepared.options.budget is not None:
        takes = f"they take {share_of_rounds(number, anew=anew):.0%} of the time"
    elif anew:
        takes = f"each of them tries {counted(prepared.options.trials or 0, 'candidate')} more"
    else:
        takes = "each of them trains about a dozen networks at most"
    what = "of the same search" if anew else "train what was chosen anew"
    out = "leaves them out" if anew else f"leaves them out, --nested {number + 1} searches anew in each"
    said = (
        f"Then {counted(number, 'further round')} {what}, each with {each} kept unseen in place of "
        f"those of the first, so that the score is of {len(prepared.splits.outer) + sum(sizes):,} rows: {takes} "
        f"(--nested 0 {out})."
    )
    return [said]


def metric(prepared: Prepared) -> str:
    """The metric's name, and the class that it is about, where it is about one."""
    found = prepared.metric
    if found.positive is None:
        return found.name
    which = f"{found.name} of the class {prepared.schema.target.classes[found.positive]!r}"
    return which if prepared.options.positive is not None else f"{which} (--positive names the other)"
