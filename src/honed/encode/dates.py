"""Dates to numbers: time since the first, and the parts of the calendar and the clock, plain and on circles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import typed
from honed.figures import counted
from honed.lazily import pl
from honed.table import few, formats
from honed.table.calendar import DAY, ROUNDS, Part, numbers, of_few, shown
from honed.table.cells import brief

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64

MOST_PAIRED = 5  # columns of dates whose differences are inputs: ten pairs
_ARCS = 96  # of a day: quarters of an hour
_GAP = 8  # of them hold nearly no difference where those of two times of day begin anew
_CROSSED = 0.01  # at most that part of the differences


class Beyond(NamedTuple):
    """Of the present cells of a column, those after and those before all of training rows."""

    later: int
    earlier: int
    present: int

    @property
    def most(self) -> int:
        """Those on the side where more are."""
        return max(self.later, self.earlier)

    @property
    def is_later(self) -> bool:
        """Whether that is the side after."""
        return self.later >= self.earlier

    def and_of(self, other: Beyond) -> Beyond:
        """Those of two parts of a table."""
        return Beyond(*(one + two for one, two in zip(self, other, strict=True)))


def count_beyond(present: pl.Series | np.ndarray, low: float, high: float) -> Beyond:
    """Numbers above and below the two, and all of them."""
    return Beyond(int((present > high).sum()), int((present < low).sum()), len(present))


@dataclass(frozen=True)
class Date:
    """One column of dates or times of day.

    Attributes
    ----------
    parts : what of each moment is an input, see `honed.table.calendar`.
    low, high : the first and the last moment among training rows, in microseconds since 1970; 0 where there is none.
    is_held : whether the time since the first and the year stay within those of training rows; other parts, which
        return, are those of the moment itself.
    lows : of a time of day, for each later one that it is paired with, from where on differences are told, in days, so
        that 23:50 to 0:10 lies beside 0:10 to 0:30; None where they are told as they are. Empty for None in all.
    """

    name: str
    parts: tuple[Part, ...]
    low: int
    high: int
    is_held: bool = False
    lows: tuple[float | None, ...] = ()

    @property
    def is_clock(self) -> bool:
        """Whether it holds times of day, which lie on the first day of 1970."""
        return "elapsed" not in self.parts and self.low >= 0 and self.high < DAY

    @property
    def circles(self) -> tuple[Part, ...]:
        """Parts that return, each of which has a place on a circle."""
        return tuple(part for part in self.parts if part in ROUNDS)

    def plain(self, moments: pl.Series) -> list[Float64[np.ndarray, " rows"]]:
        """The parts as numbers, NaN where missing; see `honed.table.calendar.numbers`."""
        if len(moments) <= few.MOST:
            ticks = moments.cast(pl.Int64).to_list()
            ends = ticks
            if self.is_held:
                ends = [None if tick is None else min(max(tick, self.low), self.high) for tick in ticks]
            return [
                of_few(ends if part in ("elapsed", "year") else ticks, part, self.low) for part in self.parts
            ]
        held = moments
        if self.is_held:
            held = moments.cast(pl.Int64).clip(self.low, self.high).cast(formats.moment_type())
        return [
            numbers(held if part in ("elapsed", "year") else moments, part, self.low) for part in self.parts
        ]

    def turned(self, moments: pl.Series) -> list[Float32[np.ndarray, " rows"]]:
        """Sine and cosine of each part that returns, 0 where missing."""
        found = []
        for part in self.circles:
            found += _on_circle(2 * np.pi * numbers(moments, part) / ROUNDS[part])
        return found

    def beyond(self, moments: pl.Series) -> Beyond:
        """How many moments lie outside of those that training rows had."""
        if len(moments) <= few.MOST:
            ticks = np.array(
                [tick for tick in moments.cast(pl.Int64).to_list() if tick is not None], np.int64
            )
            return count_beyond(ticks, self.low, self.high)
        return count_beyond(moments.drop_nulls().cast(pl.Int64), self.low, self.high)

    def said_of(self, found: Beyond) -> str:
        """A sentence on such moments; empty for none.

        Of few of them nothing is said, but where rows follow time and are held.
        """
        is_held = self.is_held and bool({"elapsed", "year"} & set(self.parts))
        if self.is_clock or not found.most or (not is_held and 2 * found.most <= found.present):
            return ""
        end, side, place = (self.high, "later", "last") if found.is_later else (self.low, "earlier", "first")
        edge = shown(np.datetime64(end, "us").astype(object))
        held = " The time since the first row and the year are held there." if is_held else ""
        return (
            f"Column {brief(self.name)!r}: {counted(found.most, 'cell')} of {found.present:,} {side} than all of "
            f"training, whose {place} is {edge}.{held}"
        )


class Held(NamedTuple):
    """A column of numbers that say when rows were, and the least and the largest of training rows.

    Numbers beyond these count as the nearer of the two.
    """

    name: str
    low: float
    high: float

    def beyond(self, values: Float64[np.ndarray, " rows"]) -> Beyond:
        """How many numbers, those that are not NaN, lie outside of those that training rows had."""
        return count_beyond(values[~np.isnan(values)], self.low, self.high)

    def said_of(self, found: Beyond) -> str:
        """A sentence on such numbers; empty for none."""
        if not found.most:
            return ""
        side, place, end = ("above", "largest", self.high) if found.is_later else ("below", "least", self.low)
        return (
            f"Column {brief(self.name)!r}: {counted(found.most, 'cell')} of {found.present:,} {side} all of training, "
            f"whose {place} is {end:.12g}. {'It counts' if found.most == 1 else 'They count'} as it."
        )


def learn(name: str, moments: pl.Series, parts: tuple[Part, ...], is_held: bool = False) -> Date:
    """A column's parts and the range of the given moments, those of training rows."""
    present = moments.drop_nulls().cast(pl.Int64)
    low, high = (int(present.min()), int(present.max())) if len(present) else (0, 0)  # type: ignore[arg-type]
    return Date(name, parts, low, high, is_held)


class Pair(NamedTuple):
    """Two columns whose difference is an input, and from where on it is told, see `Date.lows`."""

    one: Date
    other: Date
    low: float | None = None


def pairs(dates: Sequence[Date]) -> list[Pair]:
    """The columns whose differences are inputs: of the first few dates, and of the first few times of day."""
    found = []
    for is_clock in (False, True):
        alike = [date for date in dates if date.is_clock == is_clock][:MOST_PAIRED]
        for place, one in enumerate(alike, 1):
            lows = one.lows or [None] * len(alike[place:])
            found += map(Pair, [one] * len(lows), alike[place:], lows)
    return found


def over_midnight(dates: Sequence[Date], moments: Sequence[pl.Series]) -> tuple[Date, ...]:
    """The columns with the `lows` of their differences in those rows, of training."""
    at = {date.name: _ticks(cells) for date, cells in zip(dates, moments, strict=True) if date.is_clock}
    lows: dict[str, tuple[float | None, ...]] = {}
    for one, other, _ in pairs(dates):
        if one.is_clock:
            lows[one.name] = (*lows.get(one.name, ()), _low((at[one.name] - at[other.name]) / DAY))
    return tuple(replace(date, lows=lows.get(date.name, ())) for date in dates)


def _low(days: Float64[np.ndarray, " rows"]) -> float | None:
    """From where on to tell differences so that few lie beside where they begin; None where some lie everywhere."""
    days = days[~np.isnan(days)]
    counts = np.bincount((days % 1 * _ARCS).astype(int) % _ARCS, minlength=_ARCS)
    around = np.convolve(np.tile(counts, 2), np.ones(_GAP, int), "valid")[:_ARCS]
    if around.min() > _CROSSED * len(days):
        return None
    # the middle of the longest stretch of arcs that are as empty, which may go on at the beginning
    is_least = np.tile(around == around.min(), 2)
    lengths = np.zeros(2 * _ARCS, int)
    for place in range(2 * _ARCS):
        lengths[place] = (lengths[place - 1] + 1) * is_least[place]
    longest = min(int(lengths.max()), _ARCS)
    middle = int(lengths.argmax()) + (_GAP + 1 - longest) / 2
    # as most differences are told without it
    return max(
        (middle / _ARCS % 1 + day for day in (-1, 0, -2)),
        key=lambda low: ((days >= low) & (days < low + 1)).sum(),
    )


def between(
    one: Float64[np.ndarray, " rows"], other: Float64[np.ndarray, " rows"], low: float | None
) -> Float64[np.ndarray, " rows"]:
    """Differences in days of moments in microseconds, see `Date.lows`."""
    days = (one - other) / DAY
    return days if low is None else days - np.floor(days - low)


def plain(dates: Sequence[Date], moments: Sequence[pl.Series]) -> list[Float64[np.ndarray, " rows"]]:
    """The plain numbers of all columns, then their differences in days; NaN where missing."""
    own = [values for date, cells in zip(dates, moments, strict=True) for values in date.plain(cells)]
    at = {date.name: _ticks(cells) for date, cells in zip(dates, moments, strict=True)}
    return own + [between(at[one.name], at[other.name], low) for one, other, low in pairs(dates)]


def turned(dates: Sequence[Date], moments: Sequence[pl.Series]) -> list[Float32[np.ndarray, " rows"]]:
    """Sines and cosines of all columns."""
    columns = [*zip(dates, moments, strict=True)]
    if columns and len(moments[0]) > few.MOST:
        return [values for date, cells in columns for values in date.turned(cells)]
    parts: list[np.ndarray] = []  # all of them at once
    rounds: list[float] = []
    for date, cells in columns:
        ticks = cells.cast(pl.Int64).to_list()
        parts += [of_few(ticks, part) for part in date.circles]
        rounds += [ROUNDS[part] for part in date.circles]
    both = _on_circle(2 * np.pi * np.array(parts) / np.array(rounds)[:, None])
    return [turns[place] for place in range(len(parts)) for turns in both]


def plain_names(dates: Sequence[Date]) -> list[tuple[str, ...]]:
    """The columns, one or two, that each number of `plain` tells of."""
    own: list[tuple[str, ...]] = [(date.name,) for date in dates for _ in date.parts]
    return own + [(one.name, other.name) for one, other, _ in pairs(dates)]


def turned_names(dates: Sequence[Date]) -> list[str]:
    """The column that each value of `turned` tells of."""
    return [date.name for date in dates for _ in range(2 * len(date.circles))]


def check(dates: Sequence[Date], place: str) -> None:
    """Raise `Misfit` for a column that no training can have left so."""
    for date in dates:
        where = f"{place}, column {typed.shown(date.name)}"
        typed.require(date.parts, where, "has no parts")
        typed.unique(date.parts, where)
        typed.require(date.low <= date.high, where, "has a `low` above its `high`")
        typed.finite([low for low in date.lows if low is not None], where)
    clocks = [date for date in dates if date.is_clock][:MOST_PAIRED]
    for number, date in enumerate(clocks, 1):
        where = f"{place}, column {typed.shown(date.name)}"
        typed.require(
            len(date.lows) in (0, len(clocks[number:])), where, "has not a `low` for each difference"
        )


def _on_circle(angle: Float64[np.ndarray, "*shape"]) -> list[Float32[np.ndarray, "*shape"]]:
    """Sine and cosine, 0 where the angle is NaN; rounded, so that the half of a round is 0, not almost."""
    turns = (np.round(function(angle), 7) for function in (np.sin, np.cos))
    return [np.where(np.isnan(turn), 0.0, turn).astype(np.float32) for turn in turns]


def _ticks(moments: pl.Series) -> Float64[np.ndarray, " rows"]:
    """Microseconds since 1970, NaN where missing."""
    if len(moments) <= few.MOST:
        ticks = moments.cast(pl.Int64).to_list()
        return np.array([np.nan if tick is None else tick for tick in ticks], np.float64)
    return moments.cast(pl.Int64).cast(pl.Float64).fill_null(float("nan")).to_numpy()
