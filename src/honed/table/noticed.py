"""Whether rows have an order in time that nobody named: `notice` for columns of dates, `possible` for numbers.

A column of dates orders the rows where one of three holds: the rows lie in its order, or nearly, as where days follow
each other and the hours of a day do not; it has one row, or equally many, at each of equal steps; or rows next to each
other in time are alike in the target beyond what a smooth trend says. A date of birth or of the last edit has none of
these: the rows lie as they were written, dates come as they come, and what an age says of the target is a trend.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from honed import seeds
from honed.lazily import pl
from honed.table.order import Times, times_of

Evidence = Literal["sorted", "regular", "alike"]

_NAME = re.compile(
    r"(?i)(^|[\W_])(year|yr|quarter|month|week|day|date|hour|time|timestamp|ts|period|epoch)([\W_]|$)"
)
_YEAR = re.compile(r"(?i)(^|[\W_])(year|yr)([\W_]|$)")
REGULAR = "it has equally many rows at each of equal steps"
_LEAST_ROWS, _LEAST_TIMES = 30, 10
_LEAST_YEARS = 3  # of which each has many rows
_LEAST_NET = 0.5  # of the way that numbers go up and down: those of weeks and hours begin anew
_LOOKED_AT = 1_000  # rows, before all are
_DAY = 86_400.0
_AGAINST = 0.1  # of the steps from row to row: so many may go back, as where one shop's rows follow another's
_SHORT = 0.02  # of the mean step of shuffled rows: where days follow each other and the hours of a day do not
_EQUAL = (
    0.9  # of the steps between times, and of the times: so many are equally long, and have equally many rows
)
_ALIKE, _SPREADS = 0.2, 4.0  # correlation with the next row in time, and its spreads above chance
_WINDOW, _LEAST_WINDOW = 10, 11  # the trend is a running mean of one in so many rows
_FEW_EMPTY, _MOST_EMPTY = 0.05, 0.2  # of the cells: so few change nothing, with so many it is only possible
_RUNS = 3  # of one class: so few are those of a table that is sorted by it
_SHARE = 0.02  # of the target's variance that the trend must leave: less is its own bend


@dataclass(frozen=True)
class Noticed:
    """A column along which rows seem to follow each other, and why."""

    name: str
    times: Times
    evidence: Evidence

    @property
    def said(self) -> str:
        """The evidence as a clause."""
        return {
            "sorted": "the rows lie in its order or nearly",
            "regular": REGULAR,
            "alike": "rows next to each other in it are alike in the target",
        }[self.evidence]


def notice(columns: Iterable[pl.Series], y: np.ndarray, is_quantity: bool) -> Noticed | None:
    """The column of dates that orders the rows: the first with the strongest evidence; None where none does.

    Parameters
    ----------
    columns : those of the table, of the rows with a target. y : (rows,) values, or class codes.
    """
    return _first(columns, y, is_quantity, 0.0, _FEW_EMPTY)


def with_empty_cells(columns: Iterable[pl.Series], y: np.ndarray, is_quantity: bool) -> Noticed | None:
    """The column of dates that would order the rows if some of its cells were not empty; None where none would."""
    return _first(columns, y, is_quantity, np.nextafter(_FEW_EMPTY, 1), _MOST_EMPTY)


def _first(
    columns: Iterable[pl.Series], y: np.ndarray, is_quantity: bool, least: float, most: float
) -> Noticed | None:
    """The first with the strongest evidence of those of which such a share of the cells is empty."""
    found = []
    for column in columns:
        known = column.is_not_null().to_numpy()
        if column.dtype not in (pl.Date, pl.Datetime) or not least <= 1 - known.mean() <= most:
            continue
        times = times_of(column)
        if times is None or not times.are_dates or not np.ptp(times.values[known]) > _DAY:
            continue  # it holds times of day
        evidence = evidence_of(times.values[known], y[known], is_quantity)
        if evidence is not None:
            found.append(Noticed(column.name, times, evidence))
    order: tuple[Evidence, ...] = ("sorted", "regular", "alike")
    return min(found, key=lambda each: order.index(each.evidence), default=None)


def possible(columns: Iterable[pl.Series], y: np.ndarray, is_quantity: bool) -> Noticed | None:
    """The first column of whole numbers that may say when rows were: they lie in its order.

    Besides they are alike in the target along it, or its name is that of a time; any number of the row is in order.
    """
    for column in columns:
        if not column.dtype.is_numeric() and column.dtype != pl.String:
            continue
        first = times_of(column.head(_LOOKED_AT))
        if first is None or first.are_dates or not is_sorted(first.values):
            continue
        times = times_of(column)
        least = _LEAST_YEARS if _YEAR.search(column.name) else _LEAST_TIMES
        if times is None or times.are_dates or not _has_enough(times.values, least):
            continue
        if (times.values == np.floor(times.values)).all() and _goes_on(times.values):
            if are_alike(times.values, y, is_quantity):
                return Noticed(column.name, times, "alike")
            if _NAME.search(column.name):
                return Noticed(column.name, times, "sorted")
    return None


def evidence_of(values: np.ndarray, y: np.ndarray, is_quantity: bool) -> Evidence | None:
    """What shows that rows follow these times (rows,), if anything does."""
    if not _has_enough(values):
        return None
    if is_sorted(values) or _is_nearly_sorted(values):
        return "sorted"
    if _is_regular(values):
        return "regular"
    return "alike" if are_alike(values, y, is_quantity) else None


def are_regular(values: np.ndarray) -> bool:
    """Whether dates (rows,), NaN for an empty cell, show by themselves that rows follow them: see `REGULAR`."""
    known = values[~np.isnan(values)]
    if len(known) < (1 - _FEW_EMPTY) * len(values) or not _has_enough(known):
        return False
    return bool(np.ptp(known) > _DAY) and _is_regular(known)


def _goes_on(values: np.ndarray) -> bool:
    """Whether rows lie in the order of numbers that do not begin anew, as weeks do in each year."""
    steps = np.diff(values)
    return is_sorted(values) and abs(steps.sum()) >= _LEAST_NET * np.abs(steps).sum()


def _has_enough(values: np.ndarray, least: int = _LEAST_TIMES) -> bool:
    if len(values) < _LEAST_ROWS or np.isnan(values).any():
        return False
    return len(np.unique(values)) >= least


def is_sorted(values: np.ndarray) -> bool:
    """Whether rows lie in the order of their values, up or down, but for a few steps back."""
    steps = np.diff(values)
    up, down = int((steps > 0).sum()), int((steps < 0).sum())
    return min(up, down) <= _AGAINST * (up + down)


def _is_nearly_sorted(values: np.ndarray) -> bool:
    """Whether steps from row to row are short beside those of rows in a random order, a third of the span or less.

    The mean step between two rows drawn at random is 2 / n² · Σ (2 k - n - 1) x₍ₖ₎ (Gini's mean difference).
    """
    places = 2.0 * np.arange(1, len(values) + 1) - len(values) - 1
    drawn = 2 / len(values) ** 2 * float(places @ np.sort(values))
    return bool(np.abs(np.diff(values)).mean() <= _SHORT * drawn)


def _is_regular(values: np.ndarray) -> bool:
    found, counts = np.unique(values, return_counts=True)
    steps = np.diff(found)
    is_step, is_count = np.isclose(steps, np.median(steps)), counts == np.median(counts)
    return bool(is_step.mean() >= _EQUAL and is_count.mean() >= _EQUAL)


def are_alike(values: np.ndarray, y: np.ndarray, is_quantity: bool) -> bool:
    """Whether rows next to each other in time are alike in the target, its smooth trend taken away."""
    order = np.lexsort((seeds.generator(0, "noticed").random(len(values)), values))
    y = y[order]
    if is_sorted(y) or (not is_quantity and (np.diff(y) != 0).sum() <= _RUNS * len(np.unique(y))):
        return False  # the table is sorted by its target, and any number of the row goes with that
    target = y.astype(np.float64)
    if not is_quantity:
        target = (y == np.bincount(y).argmax()).astype(np.float64)
    if is_quantity:  # by ranks, so that a few large ones do not decide
        target = pl.Series(target).rank("average").to_numpy()
    rest = target - _running_mean(target, max(_LEAST_WINDOW, len(target) // _WINDOW))
    if not rest.var() > _SHARE * target.var():
        return False
    near = float(np.corrcoef(rest[:-1], rest[1:])[0, 1])
    return near > max(_ALIKE, _SPREADS / np.sqrt(len(rest)))


def _running_mean(values: np.ndarray, window: int) -> np.ndarray:
    """The mean of the values around each; of fewer at both ends."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(np.arange(len(values)) - window // 2, 0)
    last = np.minimum(np.arange(len(values)) + window // 2 + 1, len(values))
    return (total[last] - total[first]) / (last - first)
