"""Two categories to one more, of whose levels each is a level of one beside a level of the other: `chosen` says which.

Of up to 12 columns those pairs are crossed whose levels together say most of what is left of the target when each has
said its own: the residuals of an additive model, found by backfitting (Breiman & Friedman 1985), are told by means of
the crossed levels, each row's by rows of other parts (`honed.encode.means`).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import typed
from honed.encode import means, screening
from honed.encode.categorical import FIRST_LEVEL, RARE
from honed.encode.pairing import count, likely
from honed.table.kinds import MOST_LEVELS, least_rows

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Int32, Int64

ENCODING = "crosses"  # the name of this way to encode
MOST = 3  # crosses
_SWEEPS = 3  # of backfitting


@dataclass(frozen=True)
class Crossed:
    """The cross of two columns.

    Attributes
    ----------
    sizes : how many codes each has.
    most : how many crosses may have a code of their own; the same for whichever columns are crossed.
    levels : those that have, ascending, each the first column's code times the second's size plus its code; all others
        are rare.
    """

    one: str
    other: str
    sizes: tuple[int, ...]
    most: int
    levels: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of its codes."""
        return FIRST_LEVEL + self.most

    @functools.cached_property
    def table(self) -> Int32[np.ndarray, "one other"]:
        """The code for two codes."""
        table = np.full(self.sizes, RARE, np.int32)
        table.flat[list(self.levels)] = np.arange(len(self.levels)) + FIRST_LEVEL
        return table

    def encode(
        self, one: Int[np.ndarray, " rows"], other: Int[np.ndarray, " rows"]
    ) -> Int32[np.ndarray, " rows"]:
        """The code of each row, by its codes in both columns."""
        return self.table[one, other]

    def check(self, sizes: tuple[int, ...], place: str) -> None:
        """Raise `Misfit` where no training can have left it so."""
        typed.require(self.sizes == sizes, place, "has `sizes` that are not those of its columns")
        levels = np.array(self.levels, np.int64)
        fits = (np.diff(levels) > 0).all() and ((levels >= 0) & (levels < sizes[0] * sizes[1])).all()
        typed.require(fits and len(levels) <= self.most, place, "has `levels` that are no crosses")


def chosen(
    codes: Mapping[str, Int[np.ndarray, " rows"]],
    sizes: Mapping[str, int],
    goals: Float64[np.ndarray, "rows goals"],
    parts: Int[np.ndarray, " rows"],
) -> tuple[Crossed, ...]:
    """The crosses that say most, in this order.

    Parameters
    ----------
    codes, sizes : of training rows by column, and how many each has. goals : what is to be explained; mean 0, spread 1.
    parts : see `means.parts_of`.
    """
    names = list(codes)
    many = count(len(names), MOST)
    if not many:
        return ()
    some = screening.sample(len(goals))
    of, goals, parts = {name: codes[name][some] for name in names}, goals[some], parts[some]
    names = likely(names, lambda name: _explained(of[name], goals, parts))
    rest = goals - _additive({name: of[name] for name in names}, sizes, goals)
    found = []
    for one, other in itertools.combinations(names, 2):
        both = _place(of[one], of[other], sizes[other])
        found.append((_explained(both, rest, parts), one, other))
    found.sort(key=lambda each: -each[0])
    # whichever are crossed, so that folds have as many
    most = min(MOST_LEVELS, math.prod(sorted(sizes.values())[-2:]))
    return tuple(_learn(one, other, codes, sizes, most) for _, one, other in found[:many])


def _learn(
    one: str, other: str, codes: Mapping[str, Int[np.ndarray, " rows"]], sizes: Mapping[str, int], most: int
) -> Crossed:
    """The cross, with the frequent of its levels."""
    both = sizes[one], sizes[other]
    counts = np.bincount(_place(codes[one], codes[other], both[1]), minlength=both[0] * both[1])
    frequent = np.argsort(-counts, kind="stable")[:most]
    frequent = frequent[counts[frequent] >= least_rows(len(codes[one]))]
    return Crossed(one, other, both, most, tuple(np.sort(frequent).tolist()))


def _place(
    one: Int[np.ndarray, " rows"], other: Int[np.ndarray, " rows"], size: int
) -> Int64[np.ndarray, " rows"]:
    """The number of two codes among all crosses, where the other column has so many codes."""
    return one.astype(np.int64) * size + other


def _additive(
    codes: Mapping[str, Int[np.ndarray, " rows"]],
    sizes: Mapping[str, int],
    goals: Float64[np.ndarray, "rows goals"],
) -> Float64[np.ndarray, "rows goals"]:
    """What the columns say of the goals, each by itself, in sum."""
    own = {name: np.zeros(goals.shape) for name in codes}
    whole = np.zeros(goals.shape)
    for _ in range(_SWEEPS):
        for name, column in codes.items():
            whole -= own[name]
            own[name] = means.drawn(column, sizes[name], goals - whole)[column]
            whole += own[name]
    return whole


def _explained(
    codes: Int[np.ndarray, " rows"],
    goals: Float64[np.ndarray, "rows goals"],
    parts: Int[np.ndarray, " rows"],
) -> float:
    """By how much the means of the codes make the sum of squares smaller, for rows that have not taught them."""
    held, own = np.unique(codes, return_inverse=True)
    told = means.out_of_fold(own, len(held), goals, parts)
    return float((goals**2).sum() - ((goals - told) ** 2).sum())
