"""Numbers on a common scale, with bounds on what a single wild value can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import numpy as np

from honed import typed
from honed.encode import threads
from honed.errors import InputError
from honed.settings import nearest
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64

ScalingName = Literal["robust", "standard", "none"]
_FLOOR = 1e-12  # a spread below this part of the largest value is rounding, not information
_HUGE, _TINY = 1e99, 1e-290
_CELLS = 1 << 20  # that are measured at once
LIMIT = 3.0  # robustly scaled values stay within -3 and 3


class Scaling(NamedTuple):
    """``(x - center) * factor`` for each column, then the smooth clip if `clip`; factor 0 drops the column.

    `center` and `factor` are float64 (columns,).
    """

    center: np.ndarray
    factor: np.ndarray
    clip: bool

    def apply(self, values: Float64[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "rows columns"]:
        """Scale values, missing ones NaN; those become 0. Quick where the rows are so few that a cache holds them."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (values - self.center) * self.factor
        scaled = np.where(self.factor == 0, 0.0, scaled)
        if self.clip:
            # hypot does not overflow where the square of a wild value would
            part = np.clip(scaled / LIMIT, -1e300, 1e300)
            scaled = LIMIT * part / np.hypot(1.0, part)
        most = float(np.finfo(np.float32).max)
        return np.where(np.isnan(values), 0.0, np.clip(scaled, -most, most)).astype(np.float32)

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values; numbers come back exactly."""
        return {"center": self.center.tolist(), "factor": self.factor.tolist(), "clip": self.clip}

    @classmethod
    def from_json(cls, value: JSON) -> Scaling:
        """The scaling that `to_json` wrote; `Misfit` for anything else."""
        return typed.take(cls, value)


def fit(columns: Sequence[Float64[np.ndarray, " rows"]], scaling: str = "robust") -> Scaling:
    """Learn center and factor of each column.

    Parameters
    ----------
    columns : values, missing ones NaN, none infinite.
    scaling : "robust": median and quartile distance, smooth clip at 3; where more than half of the values are
        one, so that the quartiles agree, the median distance of the others from it;
        "standard": mean and standard deviation, no clip; "none": values as they are.
    """
    if scaling not in get_args(ScalingName):
        raise InputError(
            f"There is no scaling {scaling!r}.{nearest(scaling, get_args(ScalingName))} "
            "The scalings are: robust, standard, none."
        )
    rows = len(columns[0]) if columns else 0
    parts = threads.blocks(len(columns), max(1, _CELLS // max(1, rows)))
    found = threads.each(lambda part: _of_several(columns[part], scaling), parts, rows)
    center, factor = np.concatenate([np.empty((2, 0)), *found], axis=1)
    return Scaling(center, factor, clip=scaling == "robust")


def _of_several(
    columns: Sequence[Float64[np.ndarray, " rows"]], scaling: str
) -> tuple[Float64[np.ndarray, " columns"], Float64[np.ndarray, " columns"]]:
    """Center and factor of each column."""
    center, factor = np.full((2, len(columns)), np.nan)
    if scaling == "robust" and len(columns[0]):
        center, factor = _of_most(np.array(columns).T)
    for place in np.flatnonzero(np.isnan(center)).tolist():
        center[place], factor[place] = _measure(columns[place], scaling)
    return center, factor


def _of_most(
    values: Float64[np.ndarray, "rows columns"],
) -> tuple[Float64[np.ndarray, " columns"], Float64[np.ndarray, " columns"]]:
    """Robust center and factor of columns that have all values and quartiles apart; NaN for others.

    The same as `_measure` says of each, which takes ten times as long for many short columns.
    """
    center, factor = np.full((2, values.shape[1]), np.nan)
    largest = np.abs(values).max(axis=0)
    whole = np.flatnonzero(largest <= _HUGE)
    lower, middle, upper = np.quantile(values[:, whole], [0.25, 0.5, 0.75], axis=0, overwrite_input=True)
    spread = upper - lower
    apart = spread > np.maximum(_FLOOR * largest[whole], _TINY)
    center[whole[apart]], factor[whole[apart]] = middle[apart], 1.0 / spread[apart]
    return center, factor


def _measure(values: Float64[np.ndarray, " rows"], scaling: str) -> tuple[float, float]:
    """Center and factor of one column's present values."""
    present = values[~np.isnan(values)]
    if scaling == "none":
        return 0.0, 1.0
    if len(present) == 0:
        return 0.0, 0.0
    # Differences and squares of huge values do not overflow.
    unit = max(1.0, float(np.abs(present).max()) * 1e-100)
    small = present / unit
    if scaling == "standard":
        center, spread = float(small.mean()), float(small.std())
    else:
        lower, center, upper = (float(part) for part in np.quantile(small, [0.25, 0.5, 0.75]))
        spread = upper - lower
        if spread <= _FLOOR * float(np.abs(small).max()):
            away = np.abs(small[small != center] - center)
            spread = float(np.median(away)) if len(away) else 0.0
    if spread <= max(_FLOOR * float(np.abs(small).max()), _TINY):
        return center * unit, 0.0
    return center * unit, 1.0 / spread / unit
