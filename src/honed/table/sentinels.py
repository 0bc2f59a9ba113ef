"""Numbers that stand for "not known", such as -999 or 9999: where they stand apart, and whether taking them so helps.

`apart` looks at one column alone. `tried` asks a quick fit: ridge regression on the table's numbers, scored by five
folds, once with the number as it is and once with an empty cell and a flag in its place. The column itself is given
with its size and its square beside it, so that the fit may bend: what a line does not see is asked about too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import seeds

if TYPE_CHECKING:
    from jaxtyping import Float64, Shaped

_NINES = re.compile(r"-?(9{2,}(\.9+)?|0?\.9{2,}|8{3,}|7{3,})")
_OTHERS = {-200.0, -32768.0, 32767.0, -2147483648.0, 2147483647.0, 65535.0}
_HUGE = 1e15  # no measurement repeats a number beyond it
_LEAST_ROWS, _LEAST_VALUES = 3, 10  # rows with the number, and different other numbers
_MOST_ROWS, _MOST_COLUMNS, _MOST_CLASSES = 5_000, 100, 20
_FOLDS = 5
_RIDGE = 1e-3  # of the rows
_LIMIT = 3.0  # scaled values stay within, as the network's do
_SURE = 2.0  # standard errors
_LEAST_GAIN = 0.01  # of the squared error


class Sentinel(NamedTuple):
    """A number that stands apart: how many rows have it, and between what the others lie."""

    value: float
    count: int
    low: float
    high: float


class Trial(NamedTuple):
    """Mean squared errors of a quick fit, in units of the target's variance, with the number and with empty cells."""

    rows: int
    as_number: float
    as_missing: float
    helps: bool


def apart(values: Float64[np.ndarray, " rows"]) -> tuple[Sentinel, ...]:
    """Numbers at an end of a column that look like a code and stand apart from all others; most often none.

    A code is made of nines (-999, 9999.9), of three or more eights or sevens, -200, an end of 16 or 32 bits, or beyond
    1e15. It stands apart where it is as far from the others as they are from each other, or alone below zero.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return ()
    ends = sorted({float(known.min()), float(known.max())})
    codes = [end for end in ends if is_code(end) and np.count_nonzero(known == end) >= _LEAST_ROWS]
    rest = known[~np.isin(known, codes)]
    if not codes or len(np.unique(rest)) < _LEAST_VALUES:
        return ()
    low, high = float(rest.min()), float(rest.max())
    return tuple(
        Sentinel(code, int(np.count_nonzero(known == code)), low, high)
        for code in codes
        if max(low - code, code - high) >= high - low or (code < 0 <= low)
    )


def is_code(value: float) -> bool:
    """Whether a number looks like a code, as `apart` says."""
    return abs(value) >= _HUGE or value in _OTHERS or _NINES.fullmatch(f"{value:.15g}") is not None


def tried(
    columns: Mapping[str, Float64[np.ndarray, " rows"]],
    y: Shaped[np.ndarray, " rows"],
    name: str,
    value: float,
    *,
    has_classes: bool,
) -> Trial:
    """Whether `value` in column `name` had better be taken as missing.

    Parameters
    ----------
    columns : numbers by name, missing ones NaN; rows that no score is kept of.
    y : class codes, or numbers.
    """
    names = [name, *(other for other in columns if other != name)][:_MOST_COLUMNS]
    rows = np.arange(len(y))
    rng = seeds.generator(0, "sentinel", name)
    if len(rows) > _MOST_ROWS:
        rows = np.sort(rng.choice(rows, _MOST_ROWS, replace=False))
    own = columns[name][rows]
    others = [part for other in names[1:] for part in _inputs(columns[other][rows])]
    truth = _targets(y[rows], has_classes)
    folds = rng.permutation(len(rows)) % _FOLDS
    errors = [
        _errors(np.column_stack([*_bent(cells), *others]), truth, folds)
        for cells in (own, np.where(own == value, np.nan, own))
    ]
    gain = errors[0] - errors[1]
    before, after = (float(each.mean()) for each in errors)
    noise = float(gain.std()) / max(1.0, len(rows)) ** 0.5
    helps = float(gain.mean()) > max(_SURE * noise, _LEAST_GAIN * before)
    return Trial(len(rows), before, after, helps)


def _inputs(values: np.ndarray) -> list[np.ndarray]:
    """A column scaled by its quartiles, with a smooth limit, 0 where it is missing; and a flag where any cell is."""
    is_missing = np.isnan(values)
    present = values[~is_missing]
    if not len(present):
        return []
    low, center, high = np.quantile(present, [0.25, 0.5, 0.75])
    away = np.abs(present[present != center] - center)
    spread = high - low or (float(np.median(away)) if len(away) else 0.0)
    if not 0 < spread < np.inf:
        return []
    part = np.clip((np.where(is_missing, center, values) - center) / spread / _LIMIT, -1e100, 1e100)
    scaled = _LIMIT * part / np.hypot(1.0, part)
    return [scaled, is_missing.astype(np.float64)] if is_missing.any() else [scaled]


def _bent(values: np.ndarray) -> list[np.ndarray]:
    """As `_inputs`, with the size and the square of the scaled column behind them."""
    parts = _inputs(values)
    return [*parts, *(part for each in parts[:1] for part in (np.abs(each), each**2))]


def _targets(y: np.ndarray, has_classes: bool) -> np.ndarray:
    """Columns to fit, each of mean 0, together of variance 1: the number, or one for each frequent class."""
    if has_classes:
        frequent = np.argsort(-np.bincount(y.astype(np.int64)), kind="stable")[:_MOST_CLASSES]
        wanted = (y[:, None] == frequent).astype(np.float64)
    else:
        unit = float(np.abs(y).max()) or 1.0  # squares of huge numbers do not overflow
        wanted = y[:, None].astype(np.float64) / unit
    wanted = wanted - wanted.mean(axis=0)
    return wanted / (float((wanted**2).sum(axis=1).mean()) ** 0.5 or 1.0)


def _errors(inputs: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Squared error of each row, by a fit on the rows of the other folds."""
    inputs = np.column_stack([np.ones(len(inputs)), inputs])
    errors = np.zeros(len(inputs))
    for fold in range(_FOLDS):
        held = folds == fold
        own, rest = inputs[held], inputs[~held]
        normal = rest.T @ rest + _RIDGE * len(rest) * np.eye(rest.shape[1])
        weights = np.linalg.solve(normal, rest.T @ truth[~held])
        errors[held] = ((truth[held] - own @ weights) ** 2).sum(axis=1)
    return errors
