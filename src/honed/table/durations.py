"""Durations such as ``2h 50m``, ``PT2H50M``, ``3 days 04:00:00`` and ``79:48:00``, as numbers of the smallest unit.

``14:01:34`` is a time of day as well, and ``49:48`` a score. So cells as clocks write them are durations where the
column is named for such, or where more than one in twenty is no time of day and hours or fractions of seconds are
written. Of two numbers the first are minutes; without such a name only `time` in the column's name, where as many are
no times of day, or what the user says makes them durations, and nothing does beside units such as ``45 min``.
"""

from __future__ import annotations

import re

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
_CLOCK = r"^(-)?(\d{1,4}):([0-5]\d)(?::([0-5]\d))?(\.\d+)?$"
_NAME = re.compile(r"\b(?:\w*durations?|durata|elapsed|runtimes?|laps?|(?:lap|race|finish) ?times?)\b")
_TIME_NAME = re.compile(r"\btimes?\d*\b")
_NO_TIME_NAME = re.compile(r"\b(?:scores?|results?|ratios?|half\w*|full\w*)\b")  # as of matches
_LATEST_OFFSET, _OFFSET_MINUTES = 14, (0, 15, 30, 45)  # of time zones, such as -05:00 and -03:30
_BEYOND = 0.05  # of the cells: so many are no times of day; fewer may be slips among such


def find(
    present: pl.Series, is_said: bool = False, is_no_clock: bool = False
) -> tuple[str, pl.Series] | None:
    """The unit in which durations are told, the smallest that occurs, and their numbers; None for other texts.

    Parameters
    ----------
    is_said : whether the user has said that they are numbers.
    is_no_clock : whether they are no times of day, as of a target.
    """
    total = seconds(present)
    if total.null_count():
        return None
    is_clock = present.str.contains(_CLOCK)
    if is_clock.any():
        return ("seconds", total) if _are_durations(present, is_clock, is_said, is_no_clock) else None
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


def are_some(cells: pl.Series) -> pl.Series:
    """Where texts are durations, bool (rows,); clocks are some where `find` takes them for such."""
    found = seconds(cells).is_not_null()
    present = cells.filter(found)
    is_clock = present.str.contains(_CLOCK)
    if is_clock.any() and not _are_durations(present, is_clock):
        return found & ~cells.str.contains(_CLOCK).fill_null(False)
    return found


def _are_durations(
    present: pl.Series, is_clock: pl.Series, is_said: bool = False, is_no_clock: bool = False
) -> bool:
    """Whether the cells of a column that look like clocks, beside others that are durations, are such too."""
    parts = present.filter(is_clock).str.extract_groups(_CLOCK).struct.unnest()
    has_hours, is_fraction = parts[:, 3].is_not_null(), parts[:, 4].is_not_null()
    if not (is_clock.all() or (has_hours | is_fraction).all()):
        return False  # beside "45 min" 1:30 may be an hour and a half
    if has_hours.all() and present.str.contains(_SPAN).any():  # nobody writes a time of day with days
        return True
    is_fraction &= ~has_hours
    is_beyond = _are_beyond(parts)
    share = 1 - float((~is_beyond).sum()) / len(present)  # cells with units are no times of day either
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", present.name).lower()
    is_named, is_time = (
        bool(names.search(words)) and not _NO_TIME_NAME.search(words) for names in (_NAME, _TIME_NAME)
    )
    if not (has_hours.any() or is_fraction.any() or is_named):
        return bool(is_beyond.any()) if is_said else is_time and share > _BEYOND
    return is_no_clock or is_named or share > _BEYOND


def _are_beyond(parts: pl.DataFrame) -> pl.Series:
    """Which clocks can be no times of day, by the groups of `_CLOCK`, bool (rows,).

    Midnight as ``24:00`` can, and a sign tells nothing where all could be offsets of time zones.
    """
    has_sign, has_fraction = parts[:, 0].is_not_null(), parts[:, 4].is_not_null()
    is_short = parts[:, 3].is_null()
    first, second, third = (parts[:, place].cast(pl.Int64).fill_null(0) for place in range(1, 4))
    is_offset = (first <= _LATEST_OFFSET) & second.is_in(_OFFSET_MINUTES) & (third == 0) & ~has_fraction
    is_midnight = (first == 24) & (second == 0) & is_short & ~has_fraction
    is_late = ((first >= 24) & ~is_midnight) | (is_short & has_fraction)
    return is_late if is_offset.all() else is_late | has_sign


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
    return total.set(~is_there, None).zip_with(is_there, span.fill_null(_of_clocks(cells)))


def _of_clocks(cells: pl.Series) -> pl.Series:
    """Seconds of ``79:48:00``, ``49:48`` and ``1:57.137``, null for other texts."""
    parts = cells.str.extract_groups(_CLOCK).struct.unnest()
    sign = pl.Series(np.where(parts[:, 0].is_not_null().to_numpy(), -1.0, 1.0))
    first, second, third = (parts[:, place].cast(pl.Float64) for place in range(1, 4))
    fraction = ("0" + parts[:, 4]).cast(pl.Float64).fill_null(0.0)
    with_hours = first * 3600.0 + second * 60.0 + third
    return sign * (with_hours.fill_null(first * 60.0 + second) + fraction)


def seconds_of(unit: str) -> float:
    """Seconds of a unit that `find` tells."""
    return next((size for name, size, _ in _PARTS if name == unit), 1.0)
