"""Rows that may follow each other in time by a column of numbers, which nobody has said: "time-order"."""

from __future__ import annotations

import shlex

from honed.diagnosis.data.case import DataCase
from honed.diagnosis.data.identifier import suspicious
from honed.findings import Finding
from honed.table.noticed import possible

_REFERENCE = (
    "Roberts et al. (2017), Cross-validation strategies for data with structure, doi:10.1111/ecog.02881"
)


def time_order(case: DataCase) -> list[Finding]:
    """A warning where the rows lie in the order of a column of whole numbers and are alike along it in the target.

    A note where they only lie in its order and its name is that of a time, such as "year". Whether such numbers are a
    time the user must say; a column of dates that orders the rows is used without.
    """
    if case.schema.time is not None or case.schema.group is not None:
        return []
    columns = [case.frame[column.name] for column in case.schema.columns]
    found = possible(columns, case.y, not case.has_classes)
    if found is None:
        return []
    if found.evidence != "alike" and any(column.name == found.name for column in suspicious(case)):
        return []  # that finding says it
    is_alike, target = found.evidence == "alike", case.schema.target.name
    low, high = (found.times.label(value) for value in (found.times.values.min(), found.times.values.max()))
    alike = (
        f", and those next to each other are alike in '{target}' beyond a smooth trend" if is_alike else ""
    )
    return [
        Finding(
            "time-order",
            "warning" if is_alike else "note",
            f"The rows lie in the order of column {found.name!r} (whole numbers from {low} to {high}){alike}.",
            {"column": found.name, "alike": is_alike},
            "A row drawn at random has neighbours in time among those that were learned from, and rows to come have "
            "none: then a score of random rows is too good.",
            "If the column is a time and new rows come after these, let the newest rows give the score: --time "
            f"{shlex.quote(found.name)} (time= in Python).",
            reference=_REFERENCE,
        )
    ]
