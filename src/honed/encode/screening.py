"""Of very many numbers the few that say most of the target: `order`, and how many of them are kept: `kept`.

A network on thousands of columns and few rows learns their noise, and each of its steps is dear. The first columns to
enter a lasso path (Tibshirani 1996), among those whose own correlation is largest (sure independence screening, Fan &
Lv 2008), are enough where few columns count. Where many do, networks of all columns compete (`families/table/presets`).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64, Int64, Real

ENCODING = "screened"  # the name of this way to encode
LEAST, MOST = 16, 256  # columns that are kept
_ROWS_PER_COLUMN = 5
_ROWS = 5_000  # that are looked at
_CELLS = 1 << 18  # of which the path is made, where that is not fewer columns than are kept
_CLASSES = 10  # of which each has a path of its own
_STEPS, _END = 50, 0.02  # of a path, and where it ends as a share of where it begins


def kept(rows: int) -> int:
    """How many numeric columns are kept of a table with that many rows."""
    return int(np.clip(rows // _ROWS_PER_COLUMN, LEAST, MOST))


def sample(rows: int) -> Int64[np.ndarray, " seen"]:
    """Positions of those of so many rows that are looked at."""
    return np.linspace(0, rows - 1, min(rows, _ROWS)).astype(np.int64)


def order(
    values: Float64[np.ndarray, "rows columns"], target: Real[np.ndarray, " rows"], *, has_classes: bool
) -> Int64[np.ndarray, " columns"]:
    """Positions of the columns, those that say most first.

    Parameters
    ----------
    values : numbers, NaN where one is missing. target : class codes or values. No row without a target.
    has_classes : whether the target is class codes.
    """
    scaled, goals = _scaled(values), _goals(target, has_classes)
    alone = np.abs(scaled.T @ goals).max(axis=1)  # correlation times rows
    likely = np.argsort(-alone, kind="stable")[: max(MOST, _CELLS // len(scaled))]
    entered = np.full(len(alone), _STEPS)
    for goal in goals.T if goals.shape[1] <= _CLASSES else ():
        entered[likely] = np.minimum(entered[likely], _entered(scaled[:, likely], goal))
    return np.lexsort((-alone, entered))


def _scaled(values: Float64[np.ndarray, "rows columns"]) -> Float64[np.ndarray, "rows columns"]:
    """Of mean 0 and spread 1, missing ones at the mean, with far ones pulled in to five spreads."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # of a column without a number
        centered = values - np.nanmedian(values, axis=0)
        spread = np.nanstd(centered, axis=0)
        bounded = np.clip(centered / np.where(spread > 0, spread, 1.0), -5, 5)
        bounded = np.nan_to_num(bounded - np.nanmean(bounded, axis=0), posinf=0.0, neginf=0.0)
        own = bounded.std(axis=0)
    return bounded / np.where(own > 0, own, 1.0)


def _goals(target: Real[np.ndarray, " rows"], has_classes: bool) -> Float64[np.ndarray, "rows goals"]:
    """What is to be explained: the target, or for each class whether a row is of it; mean 0 and spread 1."""
    if has_classes:
        names = np.unique(target)
        goals = (target[:, None] == (names[1:] if len(names) == 2 else names)).astype(np.float64)
    else:
        goals = np.asarray(target, np.float64)[:, None]
    goals = goals - goals.mean(axis=0)
    spread = goals.std(axis=0)
    return goals / np.where(spread > 0, spread, 1.0)


def _entered(
    scaled: Float64[np.ndarray, "rows columns"], goal: Float64[np.ndarray, " rows"]
) -> Int64[np.ndarray, " columns"]:
    """The step of the path at which each column has entered it; the number of steps where it has not."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import lasso_path

    most = np.abs(scaled.T @ goal).max() / len(goal)  # from which penalty on all weights are 0
    penalties = np.geomspace(max(most, 1e-12), _END * max(most, 1e-12), _STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # an order is all that is asked for
        _, weights, _ = lasso_path(scaled, goal, alphas=penalties, max_iter=200)
    is_in = weights != 0
    return np.where(is_in.any(axis=1), is_in.argmax(axis=1), _STEPS)
