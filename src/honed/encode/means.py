"""Categories to what the target is in their rows on average (target encoding; Micci-Barreca 2001).

The mean of a level with n rows is drawn towards that of all rows: n / (n + m) of its distance from it is kept, where m
is the variance within levels over that between them, both by the method of moments of a random effect (Searle, Casella
& McCulloch 1992, Variance Components). So levels that differ by chance alone say nothing. A row that teaches the means
gets one that its own part of the rows has not taught (`out_of_fold`): else levels of few rows would give their targets
away.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import typed

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Int64

ENCODING = "target"  # the name of this way to encode
PARTS = 5
_DIGITS = 6  # that are kept of a mean


@dataclass(frozen=True)
class Means:
    """Of one categorical column for each goal the means of its codes, in their order."""

    name: str
    values: tuple[tuple[float, ...], ...]

    @property
    def width(self) -> int:
        """The number of its inputs."""
        return len(self.values)

    @functools.cached_property
    def matrix(self) -> Float64[np.ndarray, "goals codes"]:
        """The same as an array."""
        return np.array(self.values)

    def encode(self, codes: Int[np.ndarray, " rows"]) -> list[Float64[np.ndarray, " rows"]]:
        """For each goal the mean of each row's code."""
        return list(self.matrix[:, codes])

    def check(self, codes: int, place: str) -> None:
        """Raise `Misfit` where no training can have left it so."""
        fits = bool(self.values) and all(len(own) == codes for own in self.values)
        typed.require(fits, place, "has not one mean for each code")
        typed.finite(self.values, place)


def learn(
    name: str, codes: Int[np.ndarray, " rows"], size: int, goals: Float64[np.ndarray, "rows goals"]
) -> Means:
    """The means by all rows, for each of `size` codes; of one without rows that of all."""
    values = drawn(codes, size, goals).T.tolist()
    return Means(name, tuple(tuple(float(f"{value:.{_DIGITS}g}") for value in own) for own in values))


def out_of_fold(
    codes: Int[np.ndarray, " rows"],
    size: int,
    goals: Float64[np.ndarray, "rows goals"],
    parts: Int[np.ndarray, " rows"],
) -> Float64[np.ndarray, "rows goals"]:
    """Of each row the means of its code by the rows of all other parts."""
    found = np.zeros(goals.shape)
    for part in range(PARTS):
        is_own = parts == part
        found[is_own] = drawn(codes[~is_own], size, goals[~is_own])[codes[is_own]]
    return found


def parts_of(rows: int, tied: Int[np.ndarray, " rows"] | None = None) -> Int64[np.ndarray, " rows"]:
    """Which of `PARTS` each row is of, at random; rows that are `tied`, by equal numbers, are of one part."""
    rng = np.random.default_rng(0)
    if tied is None:
        return rng.permutation(rows) % PARTS
    names, own = np.unique(tied, return_inverse=True)
    return (rng.permutation(len(names)) % PARTS)[own]


def drawn(
    codes: Int[np.ndarray, " rows"], size: int, goals: Float64[np.ndarray, "rows goals"]
) -> Float64[np.ndarray, "codes goals"]:
    """Means of each code, drawn towards that of all rows; 0 where there are no rows."""
    rows = len(codes)
    if not rows:
        return np.zeros((size, goals.shape[1]))
    counts = np.bincount(codes, minlength=size).astype(np.float64)
    sums = np.stack([np.bincount(codes, own, size) for own in goals.T], axis=1)
    whole, own = goals.mean(axis=0), sums / np.maximum(counts, 1)[:, None]
    weights, levels = counts[:, None], int((counts > 0).sum())
    if not 1 < levels < rows:
        return np.tile(whole, (size, 1))
    within = ((goals - own[codes]) ** 2).sum(axis=0) / (rows - levels)
    of_level = (rows - (counts**2).sum() / rows) / (levels - 1)
    between = ((weights * (own - whole) ** 2).sum(axis=0) / (levels - 1) - within) / of_level
    between = np.maximum(between, 0.0)
    kept = weights * between
    share = np.divide(kept, kept + within, out=np.zeros_like(own), where=kept > 0)
    return whole + share * (own - whole)
