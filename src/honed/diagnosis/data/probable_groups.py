"""Rows that seem to be of groups which nobody named: "probable-groups"."""

from __future__ import annotations

from honed.diagnosis.data.case import DataCase
from honed.findings import Finding
from honed.table import probable

_REFERENCE = (
    "Saeb et al. (2017), The need to approximate the use-case in clinical machine learning, GigaScience 6(5)"
)


def _alike(found: probable.Probable) -> str:
    if found.along:
        return f"each with one row at a value of {found.along!r}, and rows of one group are alike"
    return "and rows of one group are nearly alike"


def probable_groups(case: DataCase) -> list[Finding]:
    """A warning where a column's repeated values, or stems such as p17 in p17_3, hold rows that are nearly alike.

    Groups that explain 90 % of the variance of the median column of numbers, chance taken off, or half of it where each
    has one row at each value of another column; random codes repeat no stem, or join rows that are not alike. Not
    where groups or a time are named.
    """
    if case.schema.group is not None or case.schema.time is not None:
        return []
    found = probable.probable_groups(case.frame, case.schema, case.written)
    if found is None:
        return []
    return [
        Finding(
            "probable-groups",
            "warning",
            f"The rows fall into {found.count:,} groups by {found.by}, {_alike(found)}: groups explain "
            f"{found.explained:.0%} of the variance of the median column.",
            {
                "column": found.name,
                "separator": found.separator,
                "groups": found.count,
                "explained": found.explained,
            },
            "A row drawn at random has others of its group among those that were learned from, and a new group has "
            "none: then a score of random rows is too good.",
            f"If new rows are of new groups, keep groups whole: {found.options} (groups in Python).",
            reference=_REFERENCE,
        )
    ]
