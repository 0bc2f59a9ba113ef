"""Columns with one value, or all but one: "constant-column"."""

from __future__ import annotations

from honed.diagnosis.data.case import DataCase, quoted
from honed.findings import Finding
from honed.table.cells import counts, texts
from honed.table.kinds import Column

_NEARLY = 0.995  # share of one cell from which a column is nearly constant
_REFERENCE = "Kuhn & Johnson, Applied Predictive Modeling (2013), section 3.5: near-zero variance predictors"


def constant(case: DataCase) -> list[Finding]:
    """Notes: the constant columns that were left out, and used ones where 99.5 % of the cells are the same."""
    return [*_left_out(case), *_nearly(case)]


def _left_out(case: DataCase) -> list[Finding]:
    reasons = {column.name: column.reason for column in case.schema.columns if column.kind == "constant"}
    if not reasons:
        return []
    names = list(reasons)
    return [
        Finding(
            "constant-column",
            "note",
            f"{_columns(names)} the same cell in every row ({reasons[names[0]]}), so honed leaves {_them(names)} out.",
            {"columns": names, "reasons": reasons, "used": False},
            "What never changes cannot tell one row from another.",
            "Nothing to do, unless the column should vary: then look at where the table comes from.",
            reference=_REFERENCE,
        )
    ]


def _nearly(case: DataCase) -> list[Finding]:
    shares = {column.name: _largest_share(case, column) for column in case.used}
    names = sorted((name for name in shares if shares[name] >= _NEARLY), key=lambda name: -shares[name])
    if not names:
        return []
    others = {name: round((1 - shares[name]) * case.frame.height) for name in names}
    return [
        Finding(
            "constant-column",
            "note",
            f"{_columns(names)} the same cell in at least {_NEARLY:.1%} of {case.frame.height:,} rows "
            f"({names[0]!r}: {shares[names[0]]:.2%}, another cell in {others[names[0]]:,} of them).",
            {
                "columns": names,
                "shares": {name: shares[name] for name in names},
                "other_rows": others,
                "used": True,
            },
            "Few rows tell what the other cells mean, so the weights behind them hardly learn, and a rare number far "
            "from the usual one can throw a prediction off.",
            "Leave the column out if its rare cells mean nothing for the target.",
            {"exclude": names},
            reference=_REFERENCE,
        )
    ]


def _largest_share(case: DataCase, column: Column) -> float:
    """Share of rows with the most frequent cell, empty or not; 0 where there are too many different ones to look."""
    if (column.distinct - 1) / max(1, case.frame.height) > 1 - _NEARLY:
        return 0.0
    cells = texts(case.frame[column.name])
    frequent = max(counts(cells).values(), default=0)
    return max(frequent, cells.null_count()) / max(1, len(cells))


def _columns(names: list[str]) -> str:
    return (
        f"Column {quoted(names)} has" if len(names) == 1 else f"{len(names)} columns ({quoted(names)}) have"
    )


def _them(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
