"""The order of rows in time, by one column: `times_of`, and what has to lie unused between two spans: `Gap`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table import formats, times
from honed.table.cells import all_numbers, brief, numbers, some, texts

_MOST_SEEN = 20_000  # rows that are looked at for what grows, evenly in time
_LEAST_SEEN = 20
_LEAST_DIFFERENT = 3
_SLIPS = 0.01  # of the way that numbers go in time they may go back
LEAST_TIMES = 3  # learning, choosing and the final score need one each
_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_WORDS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w"}
_GAP = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)")


@dataclass(frozen=True)
class Times:
    """When each row was.

    Attributes
    ----------
    values : float64 (rows,), in seconds since 1970 where they are dates; NaN for an empty cell.
    are_dates : whether a duration means something between them.
    """

    values: np.ndarray
    are_dates: bool

    def label(self, value: float) -> str:
        """One of the times as people write it."""
        if not self.are_dates:
            return f"{value:.12g}"
        when = np.datetime64(round(value * 1000), "ms")
        text = str(when).replace("T", " ")
        return text.removesuffix(".000").removesuffix(":00").removesuffix(" 00:00")


def by_time(values: np.ndarray) -> np.ndarray:
    """Positions of rows from the oldest to the newest, of many some, evenly; those without a time are left out."""
    known = np.flatnonzero(~np.isnan(values))
    places = known[np.argsort(values[known], kind="stable")]
    return places[:: max(1, -(-len(places) // _MOST_SEEN))]


def only_grow(numbers: np.ndarray) -> bool:
    """Whether numbers, from the oldest row to the newest, only grow or only fall, but for a slip; NaN where missing."""
    present = numbers[~np.isnan(numbers)]
    if len(present) <= _LEAST_SEEN or len(np.unique(present)) < _LEAST_DIFFERENT:
        return False
    steps = np.diff(present / np.abs(present).max())
    up, down = float(steps[steps > 0].sum()), -float(steps[steps < 0].sum())
    return min(up, down) <= _SLIPS * max(up, down)


@dataclass(frozen=True)
class Gap:
    """What lies unused between rows that train and those that validate or score: rows, or seconds of time."""

    rows: int = 0
    seconds: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.rows or self.seconds)

    @property
    def text(self) -> str | None:
        """The text that `gap_of` reads as it; None for no gap."""
        return (str(self.rows) if self.rows else f"{self.seconds:.12g}s") if self else None

    def said(self) -> str:
        """In words, such as "5 rows" or "7 days"."""
        if self.rows:
            return counted(self.rows, "row")
        for size, unit in ((86_400.0, "day"), (3600.0, "hour"), (60.0, "minute")):
            if self.seconds >= size:
                number = self.seconds / size
                return f"{number:g} {unit}{'' if number == 1 else 's'}"
        return f"{self.seconds:g} seconds"


def gap_of(value: str | int | timedelta | None) -> Gap:
    """The gap that a text such as "24", "7d" or "12h" means, a whole number of rows, or a duration.

    Raises
    ------
    InputError
        It means none.

    Examples
    --------
    >>> gap_of("24"), gap_of("7d")
    (Gap(rows=24, seconds=0.0), Gap(rows=0, seconds=604800.0))
    """
    if value is None:
        return Gap()
    if isinstance(value, timedelta):
        if value.total_seconds() >= 0:
            return Gap(seconds=value.total_seconds())
    elif isinstance(value, int) and not isinstance(value, bool):
        if value >= 0:
            return Gap(rows=value)
    elif isinstance(value, str) and (found := _GAP.fullmatch(value.strip())):
        number, unit = found.groups()
        if unit == "M":
            raise InputError(
                f"The gap is {value!r}, and M means months to some and minutes to others. Write days (90d), or "
                "minutes as a small m."
            )
        unit = unit.lower()
        unit = unit if unit in _UNITS else _WORDS.get(unit.removesuffix("s"), unit)
        if not unit and number.isdigit():
            return Gap(rows=int(number))
        if unit in _UNITS:
            return Gap(seconds=float(number) * _UNITS[unit])
    raise InputError(
        f"The gap is {brief(repr(value))}, which is neither a number of rows nor a duration. Write whole rows (24), or "
        "a number with s, m, h, d or w: 12h, 7d."
    )


def times_of(column: pl.Series) -> Times | None:
    """The column as times: dates, numbers, or texts that all are one of these; None where it is none of them.

    Parameters
    ----------
    column : its cells, read as the schema reads them where it does.
    """
    kind = column.dtype
    if kind in (pl.Date, pl.Datetime):
        micros = column.cast(pl.Datetime("us")).dt.replace_time_zone(None).dt.epoch("us")
        values = micros.cast(pl.Float64).to_numpy() / 1e6
        return Times(np.asarray(values, np.float64), True)
    if kind in (pl.Time, pl.Boolean, pl.Categorical, pl.Enum) or kind.is_nested():
        return None
    if all_numbers(column):
        return Times(np.asarray(numbers(column), np.float64), kind == pl.Duration)
    how = times.find(column, is_said=True) if kind == pl.String else None
    found = column if how is None else formats.read(column, how.format)
    return times_of(found) if found.dtype == formats.moment_type() else None


def check_times(name: str, found: Times | None, column: pl.Series, source: str) -> Times:
    """The times of a column that the user named, or `InputError` where it cannot order the rows."""
    if found is None:
        raise InputError(
            f"{source}: the column {name!r} is to say when each row was, but {_why_not(column)}, or name another "
            "column."
        )
    distinct = len(np.unique(found.values[~np.isnan(found.values)]))
    if distinct < LEAST_TIMES:
        raise InputError(
            f"{source}: the column {name!r} has {counted(distinct, 'distinct time')}. Learning, choosing and the final "
            f"score need one each, so at least {LEAST_TIMES} are needed. Name another column."
        )
    return found


def _why_not(column: pl.Series) -> str:
    """Why the cells are no times, and what to do."""
    cells = texts(column)
    such = some(cells.drop_nulls().head(3).to_list())
    return times.mostly(cells) or (
        f"its cells are neither numbers nor dates that honed reads, such as {such}: write the dates as 2024-05-31 or "
        "2024-05-31 18:30:00"
    )
