"""Numbers far beyond all others, as a row of totals has: "far-value"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.diagnosis.data.case import DataCase, quoted
from honed.figures import counted
from honed.findings import Finding

if TYPE_CHECKING:
    from jaxtyping import Int, Real

_TIMES = 20.0  # as far from the median as the next number; of values that fall off as 1/x, one table in 20 has that
_MOST = 3  # rows
_LEAST_ROWS, _LEAST_VALUES = 30, 10
_COVERED = {"no-signal", "cannot-memorise", "underfitting"}


def far_values(case: DataCase, *, robust: bool = True) -> list[Finding]:
    """Up to 3 rows whose number is 20 times as far from the median as any other row's.

    A warning for the target, whose squared errors such a row outweighs; a note for inputs where they are scaled by
    their quartiles (`robust`), else a warning.
    """
    target = case.schema.target.name
    rows = np.arange(len(case.y))
    found = {}
    if not case.has_classes and len(place := far(case.y)):
        found[target] = (place, float(case.y[place[0]]))
    for column in case.used:
        if column.kind == "numeric" and len(place := far(values := case.values(column, rows))):
            found[column.name] = (place, float(values[place[0]]))
    if not found:
        return []
    is_target = target in found
    name, (own, value) = next(iter(found.items()))
    places = {name: place for name, (place, _) in found.items()}
    return [
        Finding(
            "far-value",
            "warning" if is_target or not robust else "note",
            f"{name!r} is {value:,.6g} in row {case.places_of(own[:1])[0]:,}"
            + (f" (and {counted(len(own) - 1, 'more row')})" if len(own) > 1 else "")
            + f", at least {_TIMES:g} times as far from the middle as all others"
            + (f"; the same goes for {quoted(list(places)[1:])}." if len(places) > 1 else "."),
            {
                "columns": list(places),
                "rows": {name: case.places_of(place) for name, place in places.items()},
                "target": is_target,
            },
            "A row of totals, a slip or a code for missing: by squared error it outweighs all other rows together, so "
            "neither the loss nor the score says anything of them.",
            "Take such rows out, or correct them; if they are right, learn the target's logarithm or a loss that "
            "bounds their weight (huber).",
            reference="Huber 1964, Robust estimation of a location parameter",
        )
    ]


def far(values: Real[np.ndarray, " rows"]) -> Int[np.ndarray, " far"]:
    """Positions of up to 3 values that are far beyond all others, the farthest first; most often none."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < _LEAST_ROWS:
        return known[:0]
    distance = np.abs(values[known] - np.median(values[known]))
    top = np.argpartition(-distance, _MOST)[: _MOST + 1]
    top = top[np.argsort(-distance[top], kind="stable")]
    sizes = distance[top]
    for count in range(_MOST, 0, -1):
        rest = np.delete(values[known], top[:count])
        if 0 < sizes[count] < sizes[count - 1] / _TIMES and len(np.unique(rest)) >= _LEAST_VALUES:
            return known[top[:count]]
    return known[:0]


def uncovered(findings: Iterable[Finding], known: Sequence[Finding], *, robust: bool = True) -> list[Finding]:
    """Those findings of a training that a far value does not explain.

    Parameters
    ----------
    robust : whether inputs are scaled by their quartiles, so that far values among them do no harm.
    """
    explains = any(one.id == "far-value" and (one.evidence["target"] or not robust) for one in known)
    return [one for one in findings if not (explains and one.id in _COVERED)]
