"""Columns that name or count rows: "identifier-column"."""

from __future__ import annotations

import shlex

import numpy as np

from honed.diagnosis.data.case import DataCase, quoted
from honed.findings import Finding
from honed.table.kinds import Column

_LEAST_ROWS = 20  # below, distinct values are no evidence
_UNIQUE = 0.95  # share of distinct values among the cells
_IN_ORDER = 0.99  # correlation of the ranks with the row number
_REFERENCE = "Kaufman et al. (2012), Leakage in data mining, doi:10.1145/2382577.2382579"


def identifier(case: DataCase) -> list[Finding]:
    """A note on identifiers that were left out; a warning for a used column that goes with the row number.

    Such a column holds whole numbers, nearly all distinct, that rise or fall with the rows: a counter with gaps, or a
    time. In a shuffled table neither is seen.
    """
    return [*_suspicious(case), *_left_out(case)]


def _left_out(case: DataCase) -> list[Finding]:
    reasons = {column.name: column.reason for column in case.schema.columns if column.kind == "identifier"}
    if not reasons:
        return []
    names = list(reasons)
    subject = (
        f"Column {quoted(names)} names" if len(names) == 1 else f"{len(names)} columns ({quoted(names)}) name"
    )
    detail = reasons[names[0]].removeprefix("left out: ")
    return [
        Finding(
            "identifier-column",
            "note",
            f"{subject} rows ({detail}), so honed leaves {'it' if len(names) == 1 else 'them'} out.",
            {"columns": names, "reasons": reasons, "used": False},
            "A name that no other row shares can be learned by heart and says nothing of new rows.",
            "Nothing to do, unless its parts mean something: then give them as columns of their own.",
            reference=_REFERENCE,
        )
    ]


def suspicious(case: DataCase) -> dict[Column, float]:
    """Used columns of numbers that go with the row number, and how closely."""
    orders = {
        column: _order(case, column)
        for column in case.used
        if column.kind == "numeric" and column.name != case.schema.time
    }
    return {column: order for column, order in orders.items() if abs(order) >= _IN_ORDER}


def _suspicious(case: DataCase) -> list[Finding]:
    return [
        Finding(
            "identifier-column",
            "warning",
            f"Column {column.name!r} goes with the row number: {column.distinct:,} distinct whole numbers in "
            f"{case.frame.height:,} rows, and the ranks correlate with the order of the rows by {order:+.4f}.",
            {"column": column.name, "distinct": column.distinct, "rows": case.frame.height, "order": order},
            "A counter or a time tells where a row stood in this table; new rows lie beyond all that was learned, and "
            "a random split does not show it.",
            "Leave the column out, unless it is a quantity that the table happens to be sorted by; if it is a time, "
            f"let the newest rows give the score: --time {shlex.quote(column.name)} (time= in Python).",
            {"exclude": [column.name]},
            reference=_REFERENCE,
        )
        for column, order in suspicious(case).items()
    ]


def _order(case: DataCase, column: Column) -> float:
    """Correlation of the ranks of the column's distinct whole numbers with the row number; 0 where it has others."""
    if column.distinct < max(_LEAST_ROWS, _UNIQUE * (case.frame.height - column.missing)):
        return 0.0
    values = case.values(column, np.arange(case.frame.height))
    values = values[~np.isnan(values)]
    if (values != np.floor(values)).any():
        return 0.0
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable")
    return float(np.corrcoef(ranks, np.arange(len(ranks)))[0, 1])
