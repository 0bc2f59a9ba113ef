"""Dates to numbers: time since the first, and the parts of the calendar and the clock, plain and on circles."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from honed import typed
from honed.figures import counted
from honed.table import formats
from honed.table.calendar import DAY, ROUNDS, Part, numbers, shown
from honed.table.cells import brief

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64

MOST_PAIRED = 5  # columns of dates whose differences are inputs: ten pairs


@dataclass(frozen=True)
class Date:
    """One column of dates or times of day.

    Attributes
    ----------
    parts : what of each moment is an input, see `honed.table.calendar`.
    low, high : the first and the last moment among training rows, in microseconds since 1970; 0 where there is none.
    is_held : whether the time since the first and the year stay within those of training rows; other parts, which
        return, are those of the moment itself.
    """

    name: str
    parts: tuple[Part, ...]
    low: int
    high: int
    is_held: bool = False

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
        held = moments
        if self.is_held:
            held = moments.cast(pl.Int64).clip(self.low, self.high).cast(formats.MOMENT)
        return [
            numbers(held if part in ("elapsed", "year") else moments, part, self.low) for part in self.parts
        ]

    def turned(self, moments: pl.Series) -> list[Float32[np.ndarray, " rows"]]:
        """Sine and cosine of each part that returns, 0 where missing."""
        found = []
        for part in self.circles:
            angle = 2 * np.pi * numbers(moments, part) / ROUNDS[part]
            for function in (np.sin, np.cos):
                value = np.round(function(angle), 7)  # so that the half of a round is 0, not almost
                found.append(np.nan_to_num(value, nan=0.0).astype(np.float32))
        return found

    def beyond(self, moments: pl.Series) -> str:
        """A sentence on the moments outside of those that training rows had; empty for none."""
        if self.is_clock:
            return ""
        present = moments.drop_nulls().cast(pl.Int64)
        later, earlier = int((present > self.high).sum()), int((present < self.low).sum())
        if not later + earlier:
            return ""
        end, side, place = (
            (self.high, "later", "last") if later >= earlier else (self.low, "earlier", "first")
        )
        cells, edge = counted(max(later, earlier), "cell"), shown(np.datetime64(end, "us").astype(object))
        is_held = self.is_held and bool({"elapsed", "year"} & set(self.parts))
        held = " The time since the first row and the year are held there." if is_held else ""
        return (
            f"Column {brief(self.name)!r}: {cells} of {len(present):,} {side} than all of training, whose {place} is "
            f"{edge}.{held}"
        )


def learn(name: str, moments: pl.Series, parts: tuple[Part, ...], is_held: bool = False) -> Date:
    """A column's parts and the range of the given moments, those of training rows."""
    present = moments.drop_nulls().cast(pl.Int64)
    low, high = (int(present.min()), int(present.max())) if len(present) else (0, 0)  # type: ignore[arg-type]
    return Date(name, parts, low, high, is_held)


def pairs(dates: Sequence[Date]) -> list[tuple[Date, Date]]:
    """The columns whose differences are inputs: of the first few dates, and of the first few times of day."""
    found = []
    for is_clock in (False, True):
        alike = [date for date in dates if date.is_clock == is_clock][:MOST_PAIRED]
        found += itertools.combinations(alike, 2)
    return found


def plain(dates: Sequence[Date], moments: Sequence[pl.Series]) -> list[Float64[np.ndarray, " rows"]]:
    """The plain numbers of all columns, then their differences in days; NaN where missing."""
    own = [values for date, cells in zip(dates, moments, strict=True) for values in date.plain(cells)]
    at = {date.name: _ticks(cells) for date, cells in zip(dates, moments, strict=True)}
    return own + [(at[one.name] - at[other.name]) / DAY for one, other in pairs(dates)]


def turned(dates: Sequence[Date], moments: Sequence[pl.Series]) -> list[Float32[np.ndarray, " rows"]]:
    """Sines and cosines of all columns."""
    return [values for date, cells in zip(dates, moments, strict=True) for values in date.turned(cells)]


def plain_names(dates: Sequence[Date]) -> list[tuple[str, ...]]:
    """The columns, one or two, that each number of `plain` tells of."""
    own: list[tuple[str, ...]] = [(date.name,) for date in dates for _ in date.parts]
    return own + [(one.name, other.name) for one, other in pairs(dates)]


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


def _ticks(moments: pl.Series) -> Float64[np.ndarray, " rows"]:
    """Microseconds since 1970, NaN where missing."""
    return moments.cast(pl.Int64).cast(pl.Float64).fill_null(float("nan")).to_numpy()
