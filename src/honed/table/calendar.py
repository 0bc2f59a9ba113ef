"""Moments in parts that a network can learn from: which of them vary in a table, and their numbers.

Moments are those of `honed.table.times`: Datetime in microseconds; times of day lie on the first day of 1970.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from honed.lazily import pl
from honed.table import few

if TYPE_CHECKING:
    from jaxtyping import Float64

Part = Literal["elapsed", "year", "month", "day", "weekday", "hour", "minute"]

DAY = 86_400_000_000  # microseconds
WORDS: dict[Part, str] = {
    "elapsed": "time since the first",
    "year": "year",
    "month": "month",
    "day": "day of the year",
    "weekday": "weekday",
    "hour": "hour",
    "minute": "minute",
}
ROUNDS: dict[Part, float] = {
    "month": 12,
    "day": 365.25,
    "weekday": 7,
    "hour": 24,
    "minute": 60,
}  # of what returns
_BEGIN = datetime.date(1970, 1, 1).toordinal()
_YEAR = 365  # days: in less, the day of the year says what the time since the first says


def are_clocks(moments: pl.Series) -> bool:
    """Whether all are times of day, without a date."""
    present = moments.drop_nulls()
    return len(present) > 0 and bool((present.cast(pl.Int64).is_between(0, DAY - 1)).all())


def varying(moments: pl.Series) -> tuple[Part, ...]:
    """The parts that differ among the moments, and tell more than the time since the first does.

    Month, day of the year and year count from a span of a year on, the weekday from a week on; where all are the
    first of a month, neither weekday nor day of the year does. Of times of day the hour with its fraction says all, and
    the minutes beside it make predictions worse (`nyc_flights`, mean of three seeds: 38.01 with them, 37.68 without).
    """
    present = moments.drop_nulls()
    if present.n_unique() < 2:
        return ()
    if are_clocks(present):
        return ("hour",)
    minutes: tuple[Part, ...] = ("minute",) if present.dt.minute().n_unique() > 1 else ()
    hours: tuple[Part, ...] = ("hour", *minutes) if present.dt.time().n_unique() > 1 else ()
    ticks = present.cast(pl.Int64).to_numpy()
    span = int(ticks.max() - ticks.min()) / DAY
    days_differ = present.dt.day().n_unique() > 1
    parts: list[Part] = ["elapsed"]
    if span >= _YEAR:
        if present.dt.year().n_unique() > 1:
            parts.append("year")
        if present.dt.month().n_unique() > 1:
            parts.append("month")
        if days_differ:
            parts.append("day")
    if span >= 7 and days_differ and present.dt.weekday().n_unique() > 1:
        parts.append("weekday")
    return (*parts, *hours)


def numbers(moments: pl.Series, part: Part, zero: int = 0) -> Float64[np.ndarray, " rows"]:
    """One part of the moments; NaN where missing.

    Days since `zero` (in microseconds since 1970) with fractions, the year, the month from 0, the day of the year from
    0, the weekday from 0 for Monday, the hour with fractions, the minute.
    """
    if len(moments) <= few.MOST:
        return of_few(moments.cast(pl.Int64).to_list(), part, zero)
    if part == "elapsed":
        ticks = moments.cast(pl.Int64) - zero
        return ticks.cast(pl.Float64).fill_null(float("nan")).to_numpy() / DAY
    if part == "hour":
        values = (moments.cast(pl.Int64) % DAY).cast(pl.Float64) / (DAY / 24)
    else:
        at = moments.dt
        values = {
            "year": at.year,
            "month": lambda: at.month() - 1,
            "day": lambda: at.ordinal_day() - 1,
            "weekday": lambda: at.weekday() - 1,
            "minute": at.minute,
        }[part]().cast(pl.Float64)
    return values.fill_null(float("nan")).to_numpy()


def of_few(ticks: list[int | None], part: Part, zero: int = 0) -> Float64[np.ndarray, " rows"]:
    """The same of microseconds since 1970, None where missing: quicker for a few rows."""
    return np.array([np.nan if tick is None else _of_one(tick, part, zero) for tick in ticks], np.float64)


def _of_one(tick: int, part: Part, zero: int) -> float:
    if part == "elapsed":
        return (tick - zero) / DAY
    if part == "hour":
        return (tick % DAY) * (1.0 / (DAY / 24))  # as Polars divides by a number
    if part == "minute":
        return tick // 60_000_000 % 60
    days = tick // DAY
    if part == "weekday":
        return (days + 3) % 7  # 1970 began on a Thursday
    date = datetime.date.fromordinal(days + _BEGIN)
    return {"year": date.year, "month": date.month - 1, "day": date.timetuple().tm_yday - 1}[part]


def given(parts: tuple[Part, ...]) -> str:
    """Words for what a network gets of moments."""
    return f"given as {', '.join(WORDS[part] for part in parts)}" if parts else "not given"


def shown(moment: object, clock: bool = False) -> str:
    """A moment (a `datetime`) as short as can be: ``2018-01-31``, ``2018-01-31 22:20``, or ``22:20`` of a clock."""
    text = str(moment)[:19]
    if clock:
        return text[11:16] if text.endswith(":00") else text[11:]
    return text.removesuffix(":00").removesuffix(" 00:00")
