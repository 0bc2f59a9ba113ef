"""Intervals that hold the truth in an asked share of rows: `Intervals`, learned from rows that did not train.

Split conformal prediction: how far truth and prediction lay apart on such rows, over a scale, gives a score for each
row, and the interval of a new row reaches as far as the quantile of the scores says (Lei et al. 2018, arXiv
1604.04173). Where the rows are exchangeable that holds the truth in at least the asked share of new rows, on average
over rows; not for each kind of row. For predicted quantiles the scores say how far truth lay beyond them (Romano et
al. 2019, arXiv 1905.03222). Where groups of rows belong together, groups are exchangeable and rows are not: then each
group counts once, and the share is one of new groups' rows (Lee et al. 2023, arXiv 2306.06342).

The rows of several folds are each predicted by networks that have not seen them, and a new row by networks of all
folds, or by some that learned from all rows. That is no split of the rows any more, so nothing is promised for all data
whatever: the share comes near the asked one where networks depend little on single rows. CV+, whose intervals lie
around each fold's own predictions, would promise 1 - 2α for 1 - α at the worst (Barber et al. 2021, arXiv 1905.02928).
So it is measured, when a run ends, on rows that no choice has seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.figures import counted
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Real

LEAST, MOST, USUAL = 0.5, 0.99, 0.9  # levels
_STEPS = 400  # levels lie on a grid of 1 / 400, from which 0.5 to 0.99 takes 197
_ENOUGH = 100  # units from which on a scale is chosen: of fewer the choice itself would be luck
_CONSTANTS = (0.3, 1.0, 3.0)  # in root mean squares of the spread: beside it, so that no scale is nearly 0
_SLACK = 1e-9  # by which a level may miss a rank through rounding


class Log(NamedTuple):
    """The axis log(max(value, low) + offset), on which errors of a target that was learned so are alike."""

    low: float
    offset: float

    def to(self, values: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
        """Values on the axis."""
        return np.log(np.maximum(values, self.low) + self.offset)

    def back(self, places: Float64[np.ndarray, "*shape"]) -> Float64[np.ndarray, "*shape"]:
        """Values of places on the axis."""
        return np.exp(np.minimum(places, 700.0)) - self.offset  # exp overflows from 710


@dataclass(frozen=True)
class Intervals:
    """How far intervals reach, by level.

    Attributes
    ----------
    reach : for the levels 0.5, 0.5025, … to 0.99, as far as there were rows for them: scales to either side; where
        quantiles are predicted, what is added to the outer ones, negative where they are too wide.
    units : how many rows, or groups of rows, it was learned from.
    of : what these are.
    constant : a row's scale is the root of the spread's square plus this one's; None where all scales are 1.
    networks : so many networks of each candidate speak for it in a row's spread, as in the rows that were learned from.
    log : the axis of scales and spreads; None for the target's own.
    quantiles : whether intervals lie around the outer predicted quantiles, and not around the value.
    """

    reach: tuple[float, ...]
    units: int
    of: Literal["rows", "groups"] = "rows"
    constant: float | None = None
    networks: int = 1
    log: Log | None = None
    quantiles: bool = False

    def at(self, level: float) -> float:
        """The reach for a level, or for the next one of the grid.

        Raises
        ------
        InputError
            No such level, or too few rows for it.
        """
        check_level(level)
        if not self.has(level):
            needed = math.ceil(level / (1 - level) - _SLACK)
            raise InputError(
                f"Intervals of {level:g} need {counted(needed, self.of[:-1])} that did not train the networks, and "
                f"there were {self.units:,}{self._most()}"
            )
        return self.reach[_place(level)]

    def has(self, level: float) -> bool:
        """Whether there were rows enough for that level."""
        return _place(level) < len(self.reach)

    def _most(self) -> str:
        if not self.reach:
            return ". Train on more rows, or hold more of them out."
        most = LEAST + (len(self.reach) - 1) / _STEPS
        return f". They allow levels up to {most:g}: ask for one of these, or train on more rows."

    def around(
        self,
        values: Float64[np.ndarray, " rows"],
        level: float,
        voices: Float64[np.ndarray, "voices rows"] | None = None,
        shares: Sequence[float] = (),
    ) -> Float64[np.ndarray, "rows 2"]:
        """Low and high ends around predicted values; `voices` are what candidates say, with their shares."""
        reach = self.at(level)
        centre = values if self.log is None else self.log.to(values)
        if self.constant is not None:
            assert voices is not None
            reach = reach * np.hypot(spread(voices, shares, self.log), self.constant)
        ends = np.stack([centre - reach, centre + reach], axis=1)
        if self.log is not None:
            ends = self.log.back(ends)
        return _holding(ends, values)

    def beyond(self, outer: Float64[np.ndarray, "rows 2"], level: float) -> Float64[np.ndarray, "rows 2"]:
        """Low and high ends beyond the outer predicted quantiles, or between them; both in the middle if they cross."""
        ends = outer + self.at(level) * np.array([-1.0, 1.0])
        crossed = ends[:, 0] > ends[:, 1]
        ends[crossed] = ends[crossed].mean(axis=1, keepdims=True)
        return ends

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values; numbers come back exactly."""
        return asdict(self) | {"reach": list(self.reach), "log": self.log and self.log._asdict()}

    @classmethod
    def from_json(cls, value: JSON, place: str = "") -> Intervals:
        """The intervals that `to_json` wrote; `Misfit` for anything else, with the `place` in the document."""
        found = typed.take(cls, value, place)
        typed.finite([*found.reach, found.constant or 0.0, *(found.log or ())], place)
        rises = all(low <= high for low, high in zip(found.reach, found.reach[1:], strict=False))
        typed.require(rises, f"{place}.reach", "does not rise")
        typed.require(
            found.quantiles or found.reach[:1] >= (0.0,) or not found.reach, f"{place}.reach", "is below 0"
        )
        typed.require(found.networks >= 1, f"{place}.networks", "is below 1")
        typed.require(found.log is None or sum(found.log) > 0, f"{place}.log", "begins at no number above 0")
        return found


def _place(level: float) -> int:
    """Where the reach for the level stands, or for the next one of the grid."""
    return math.ceil((level - LEAST) * _STEPS - _SLACK)


def check_level(level: float) -> None:
    """Raise `InputError` for what is no level of an interval."""
    is_number = isinstance(level, (int, float, np.number)) and not isinstance(level, bool)
    if not is_number or not LEAST <= level <= MOST:
        is_percent = is_number and LEAST <= level / 100 <= MOST
        hint = f"; for {level:g} % give {level / 100:g}" if is_percent else ""
        raise InputError(
            f"The level of an interval is {level!r}, but it must be a number from {LEAST} to {MOST}, the share of rows "
            f"whose truth should lie in theirs{hint}."
        )


def learn(
    truth: Real[np.ndarray, " rows"],
    values: Float64[np.ndarray, " rows"],
    *,
    groups: Int[np.ndarray, " rows"] | None = None,
    voices: Float64[np.ndarray, "voices rows"] | None = None,
    shares: Sequence[float] = (),
    networks: int = 1,
    log: Log | None = None,
    is_log: bool = False,
) -> Intervals:
    """Intervals around values, from rows whose truth is known and that did not train what predicts them.

    Of the ways to scale a row's error (all alike, by the spread of the voices; on the target's axis or a logarithmic
    one) that is taken whose intervals of 0.9 have the best interval score on these rows (Gneiting & Raftery 2007), from
    100 rows or groups on; else errors are alike.

    Parameters
    ----------
    groups : (rows,) whole numbers of groups that no fold has split.
    voices : what each candidate of an ensemble says, whose `shares` sum to 1.
    networks : how many networks were behind each voice.
    log : the axis that may be taken beside the target's own; `is_log` says that it is the one to take without a choice.
    """
    units, of = weights(len(truth), groups)
    ways: list[tuple[Log | None, float | None]] = [(log if is_log else None, None)]
    if units.sum() >= _ENOUGH:
        axes = [None] if log is None else [None, log]
        ways = [(axis, constant) for axis in axes for constant in _constants(voices, shares, axis)]
    made = [
        _made(
            truth,
            values,
            units,
            of,
            Intervals((), round(units.sum()), of, constant, networks, axis),
            voices,
            shares,
        )
        for axis, constant in ways
    ]
    if len(made) == 1:
        return made[0]
    costs = [
        float(np.average(_interval_score(truth, each.around(values, USUAL, voices, shares)), weights=units))
        for each in made
    ]
    return made[int(np.argmin(costs))]


def learn_quantiles(
    truth: Real[np.ndarray, " rows"],
    outer: Float64[np.ndarray, "rows 2"],
    groups: Int[np.ndarray, " rows"] | None = None,
) -> Intervals:
    """Intervals around the outer ones of predicted quantiles, from rows that did not train them."""
    units, of = weights(len(truth), groups)
    scores = np.maximum(outer[:, 0] - truth, truth - outer[:, 1])
    return Intervals(_reach(scores, units), round(units.sum()), of, quantiles=True)


def weights(
    rows: int, groups: Int[np.ndarray, " rows"] | None
) -> tuple[Float64[np.ndarray, " rows"], Literal["rows", "groups"]]:
    """How much each row counts, 1 in all for a group, so that they sum to the number of units; and what these are."""
    if groups is None:
        return np.ones(rows), "rows"
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return 1.0 / sizes[place], "groups"


def spread(
    voices: Float64[np.ndarray, "voices rows"], shares: Sequence[float], log: Log | None = None
) -> Float64[np.ndarray, " rows"]:
    """Standard deviation of what the voices say, weighted by their shares."""
    said = voices if log is None else log.to(voices)
    centred = said - np.average(said, axis=0, weights=shares)
    return np.sqrt(np.average(centred**2, axis=0, weights=shares))


def _constants(
    voices: Float64[np.ndarray, "voices rows"] | None, shares: Sequence[float], log: Log | None
) -> list[float | None]:
    """What may stand beside the spread; None for no spread at all."""
    if voices is None or len(voices) < 2:
        return [None]
    usual = float(np.sqrt(np.mean(spread(voices, shares, log) ** 2)))
    return [None, *(part * usual for part in _CONSTANTS)] if 0 < usual < math.inf else [None]


def _made(
    truth: Float64[np.ndarray, " rows"],
    values: Float64[np.ndarray, " rows"],
    units: Real[np.ndarray, " rows"],
    of: Literal["rows", "groups"],
    bare: Intervals,
    voices: Float64[np.ndarray, "voices rows"] | None,
    shares: Sequence[float],
) -> Intervals:
    """The `bare` intervals with their reach."""
    here = (truth, values) if bare.log is None else (bare.log.to(truth), bare.log.to(values))
    scores = np.abs(here[0] - here[1])
    if bare.constant is not None:
        assert voices is not None
        scores = scores / np.hypot(spread(voices, shares, bare.log), bare.constant)
    return Intervals(_reach(scores, units), bare.units, of, bare.constant, bare.networks, bare.log)


def _reach(scores: Float64[np.ndarray, " rows"], units: Real[np.ndarray, " rows"]) -> tuple[float, ...]:
    """The least score below which the share of each level lies, were one more unit beyond all of them."""
    scores = np.minimum(scores, np.finfo(np.float64).max)  # JSON has no infinity
    order = np.argsort(scores, kind="stable")
    below = np.cumsum(units[order]) / (units.sum() + 1)
    levels = np.arange(round(LEAST * _STEPS), round(MOST * _STEPS) + 1) / _STEPS
    places = np.searchsorted(below, levels - _SLACK)
    return tuple(scores[order][places[places < len(scores)]].tolist())


def _interval_score(
    truth: Float64[np.ndarray, " rows"], ends: Float64[np.ndarray, "rows 2"]
) -> Float64[np.ndarray, " rows"]:
    """Width, and what truth lies outside in units of half of what may be missed; the lower the better."""
    low, high = ends.T
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return high - low + outside * 2 / (1 - USUAL)


def _holding(
    ends: Float64[np.ndarray, "rows 2"], values: Float64[np.ndarray, " rows"]
) -> Float64[np.ndarray, "rows 2"]:
    """The ends, moved where they do not hold the value: one that lies below the logarithm's beginning."""
    return np.stack([np.minimum(ends[:, 0], values), np.maximum(ends[:, 1], values)], axis=1)
