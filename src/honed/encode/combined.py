"""Pairs of numbers to their difference, sum, product or ratio: `chosen` says which pairs, and `Combined` is one.

A network has to bend itself around a ratio, which is one number more here. Of the pairs of up to 12 columns those are
chosen whose combination says most of what is left of the target when each column has said its own: the residuals of an
additive model of piecewise linear functions are regressed on such functions of the combination, without what the two
columns' own functions make of it (as in a test for an interaction; Friedman & Popescu 2008 ask the same of a model).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from honed.encode.pairing import count, likely

if TYPE_CHECKING:
    from jaxtyping import Float64

How = Literal["difference", "sum", "product", "ratio"]

ENCODING = "pairs"  # the name of this way to encode
MOST = 8  # combinations
_SEEN = 2_000  # rows that are looked at
_PIECES, _ROWS = 7, 100  # of a function at most, and rows for each
_END = 0.01  # the share of rows beyond each end of a function
# Of what the best way to combine two columns says: ways that say so much count as equal, and of these the one is taken
# that says most by a straight line. Squares of sums and differences are products but for functions of each column.
_NEARLY = 0.95
_FAR = 1e300  # beyond, differences overflow, and so do slopes between numbers that are nearer than its reciprocal
_NOTHING = 1e-4  # mean square below which functions, which lie within 0 and 1, do not differ from none


class Combined(NamedTuple):
    """One number of two: ``one`` minus, plus, times or over ``other``."""

    one: str
    other: str
    how: How

    def encode(self, numbers: Mapping[str, Float64[np.ndarray, " rows"]]) -> Float64[np.ndarray, " rows"]:
        """NaN where one of them is missing, where a divisor is 0, and where the result is no float64."""
        one, other = numbers[self.one], numbers[self.other]
        with np.errstate(all="ignore"):
            if self.how == "difference":
                found = one - other
            elif self.how == "sum":
                found = one + other
            elif self.how == "product":
                found = one * other
            else:
                found = one / other
        return np.where(np.isfinite(found), found, np.nan)


def chosen(
    numbers: Mapping[str, Float64[np.ndarray, " rows"]], goals: Float64[np.ndarray, "rows goals"]
) -> tuple[Combined, ...]:
    """The combinations, of each pair of columns one at most, that say most first.

    Parameters
    ----------
    numbers : of training rows by column, NaN where missing. goals : what is to be explained; mean 0 and spread 1.
    """
    names = list(numbers)
    if not count(len(names), MOST):
        return ()
    some = np.linspace(0, len(goals) - 1, min(len(goals), _SEEN)).astype(np.int64)
    values, goals = {name: numbers[name][some] for name in names}, goals[some]
    names = likely(names, lambda name: _explained(_functions(values[name]), goals))
    functions = {name: _functions(values[name]) for name in names}
    whole = _basis(np.concatenate([np.ones((len(goals), 1)), *functions.values()], axis=1))
    rest = goals - whole @ (whole.T @ goals)
    found = []
    for one, other in itertools.combinations(names, 2):
        own = _basis(np.concatenate([np.ones((len(goals), 1)), functions[one], functions[other]], axis=1))
        ways = [Combined(one, other, how) for how in get_args(How)] + [Combined(other, one, "ratio")]
        beyond, straight = np.zeros((2, len(ways)))
        for place, way in enumerate(ways):
            made = way.encode(values)
            for found_by, pieces in ((beyond, _PIECES), (straight, 1)):
                parts = _functions(made, pieces)
                found_by[place] = _explained(parts - own @ (own.T @ parts), rest)
        best = int(np.where(beyond >= _NEARLY * beyond.max(), straight, -1).argmax())
        found.append((float(beyond[best]), ways[best]))
    found.sort(key=lambda each: -each[0])
    return tuple(way for _, way in found[: count(len(numbers), MOST)])


def _functions(
    values: Float64[np.ndarray, " rows"], pieces: int = _PIECES
) -> Float64[np.ndarray, "rows functions"]:
    """What a piecewise linear function of the values is made of, each of mean 0; at the median where one is missing."""
    values = np.clip(values, -_FAR, _FAR)
    present = values[~np.isnan(values)]
    if not len(present):
        return np.zeros((len(values), 0))
    shares = np.linspace(_END, 1 - _END, 1 + int(np.clip(len(values) // _ROWS, 1, pieces)))
    knots = np.unique(np.quantile(present, shares))
    knots = knots[np.diff(knots, prepend=-np.inf) > 1 / _FAR]
    filled = np.where(np.isnan(values), np.median(present), values)
    made = np.stack([np.interp(filled, knots, own) for own in np.eye(len(knots))], axis=1)[:, 1:]
    return made - made.mean(axis=0)


def _basis(columns: Float64[np.ndarray, "rows columns"]) -> Float64[np.ndarray, "rows basis"]:
    """Orthonormal columns that span the same but for directions in which there is hardly anything."""
    sizes, turn = np.linalg.eigh(columns.T @ columns)
    kept = sizes > _NOTHING * len(columns)
    return columns @ turn[:, kept] / np.sqrt(sizes[kept])


def _explained(
    columns: Float64[np.ndarray, "rows columns"], goals: Float64[np.ndarray, "rows goals"]
) -> float:
    """The sum of squares of the goals that a regression on the columns explains."""
    return float(((_basis(columns).T @ goals) ** 2).sum())
