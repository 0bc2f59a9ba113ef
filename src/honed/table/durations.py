"""Durations in several units, ``2h 50m``, ``PT2H50M`` and ``3 days 04:00:00``, as numbers of the smallest unit."""

from __future__ import annotations

import numpy as np

from honed.lazily import pl

_PARTS = (  # of a duration, with their seconds
    ("days", 86400.0, "d|days?"),
    ("hours", 3600.0, "h|hrs?|hours?"),
    ("minutes", 60.0, "m|mins?|minutes?"),
    ("seconds", 1.0, "s|secs?|seconds?"),
)
_DURATION = (
    r"^"
    + "".join(rf"(?:(\d+(?:\.\d+)?)\s*(?:{words})(?:[\s,]+and\s+|[\s,]*))?" for _, _, words in _PARTS)
    + "$"
)
_ISO = r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"  # as ISO 8601 writes one: PT2H50M
_SPAN = r"^(-)?(\d+) days?,? \+?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$"  # as pandas and Python write one


def find(present: pl.Series) -> tuple[str, pl.Series] | None:
    """The unit in which durations are told, the smallest that occurs, and their numbers; None for other texts."""
    total = seconds(present)
    if total.null_count():
        return None
    groups = present.str.extract_groups(_DURATION).struct.unnest()
    units = [
        name
        for (name, _, _), part in zip(_PARTS, groups.get_columns(), strict=True)
        if part.null_count() < len(part)
    ]
    if len(units) == 1:  # which would be one unit, was it one
        return None
    unit = units[-1] if units else "seconds"
    return unit, total / seconds_of(unit)


def seconds(cells: pl.Series) -> pl.Series:
    """Seconds as float64, null where a text is no duration."""
    groups, iso = (
        cells.str.extract_groups(way).struct.unnest().cast(pl.Float64) for way in (_DURATION, _ISO)
    )
    total = pl.Series(np.zeros(len(cells)))
    is_there = pl.Series(np.zeros(len(cells), bool))
    for place, (_, size, _) in enumerate(_PARTS):
        part = groups[:, place].fill_null(iso[:, place])
        total, is_there = total + part.fill_null(0.0) * size, is_there | part.is_not_null()
    spans = cells.str.extract_groups(_SPAN).struct.unnest()
    sign = pl.Series(np.where(spans[:, 0].is_not_null().to_numpy(), -1.0, 1.0))
    days, hours, minutes, rest = (spans[:, place].cast(pl.Float64) for place in range(1, 5))
    span = sign * days * 86400.0 + hours * 3600.0 + minutes * 60.0 + rest
    return total.set(~is_there, None).zip_with(is_there, span)


def seconds_of(unit: str) -> float:
    """Seconds of a unit that `find` tells."""
    return next((size for name, size, _ in _PARTS if name == unit), 1.0)
