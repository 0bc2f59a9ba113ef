"""Dates that stand for "not known" or "never", such as 9999-12-31, where they lie far from all other dates."""

from __future__ import annotations

from datetime import date

import numpy as np

from honed.lazily import pl
from honed.table.calendar import are_clocks
from honed.table.formats import NO_YEARS

_DAYS = [
    date(1900, 1, 1),
    date(1970, 1, 1),
    date(1899, 12, 30),
    date(1899, 12, 31),
    date(1753, 1, 1),
    date(2099, 12, 31),
]
_MAY_BE = "^0$|^10101$|" + "|".join(
    f"{year:04d}" for year in sorted({*NO_YEARS, *(day.year for day in _DAYS)})
)
_LEAST = 10  # other days
_STEPS = 10  # the gap in the longest step between others
_YEAR = 365  # days


def may_have_some(cells: pl.Series) -> bool:
    """A quick look at texts."""
    return bool(cells.str.contains(_MAY_BE).any())


def find(moments: pl.Series) -> pl.Series:
    """Where moments are such dates, bool (rows,).

    A date that is usual for it counts where at least a year, and as much as between all others or ten times the
    longest step between two of them, parts it from the others.
    """
    days = moments.dt.date()
    is_code = (days.is_in(_DAYS) | days.dt.year().is_in(list(NO_YEARS))).fill_null(False)
    found = pl.Series(np.zeros(len(moments), bool))
    if not is_code.any() or are_clocks(moments):
        return found
    rest = days.filter(~is_code).drop_nulls().unique().sort().cast(pl.Int32).to_numpy()
    if len(rest) < _LEAST:
        return found
    far = max(_YEAR, min(int(rest[-1] - rest[0]), _STEPS * int(np.diff(rest).max())))
    at = days.cast(pl.Int32)
    return is_code & ((at <= rest[0] - far) | (at >= rest[-1] + far)).fill_null(False)
