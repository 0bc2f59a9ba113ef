"""Steps that a long table lacks: `spacing` tells whether it can be known where they would be, `places` finds them.

Times that are written down jitter, and months are not all as long, so that steps lie on a grid if what is between two
is about a whole number of what is between most. Where many are missing, as weekends are, it is no grid but a calendar.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.figures import counted

if TYPE_CHECKING:
    from jaxtyping import Float64, Int

_OFF = 0.25  # of the spacing, by which a step may lie beside the grid
_MOST_MISSING = 0.2  # of all steps
_UNEVEN = 1.5  # times the usual time between two steps, from which on a longer one is said


def spacing(
    since: Float64[np.ndarray, " rows"], rows: Int[np.ndarray, " rows"], step: str | None
) -> tuple[float | None, list[str]]:
    """The time from one step to the next, None where their order alone can count; and a note where some are missing.

    Parameters
    ----------
    since : time since the row before, in seconds for dates, else in the unit of the column; NaN of a sequence's first.
    rows : the number of each row's sequence; ascending.
    step : the column of steps, for notes.
    """
    between = since[~np.isnan(since)]
    usual = float(np.median(between))
    wholes = np.round(between / usual)
    missing = int(wholes.sum()) - len(between)
    is_even = (np.abs(between / usual - wholes) <= _OFF).all() and (wholes >= 1).all()
    if is_even and missing <= _MOST_MISSING * (len(rows) + missing):
        among = len(np.unique(rows[since > _UNEVEN * usual]))
        note = (
            f"Most steps in column {step!r} are evenly apart, by which {counted(missing, 'step')} of "
            f"{counted(among, 'sequence')} {'is' if missing == 1 else 'are'} missing: nothing was measured there."
        )
        return usual, [note] if missing else []
    longest = between.max() / usual
    note = (
        f"Steps in column {step!r} are unevenly apart, up to {longest:.3g} times as far as most, and their order alone "
        "counts. If the time between them matters, add a column that says how much it is."
    )
    return None, [note] if longest >= _UNEVEN else []


def places(
    since: Float64[np.ndarray, " rows"] | None, rows: Int[np.ndarray, " rows"], spacing: float | None
) -> Int[np.ndarray, " rows"]:
    """The place of each row in its sequence, from 0.

    A sequence with more steps missing than there are is taken in its order: its steps are counted otherwise.
    """
    order = np.arange(len(rows))
    begins = np.diff(rows, prepend=-1) > 0
    firsts = order[begins][np.cumsum(begins) - 1]
    if since is None or spacing is None:
        return order - firsts
    far = np.maximum(np.round(np.where(begins, spacing, since) / spacing), 1)
    along = np.cumsum(far)
    found = along - along[firsts]
    own = np.bincount(rows)
    last = np.zeros(len(own))
    last[rows] = found
    return np.where((last < 2 * own)[rows], found, order - firsts).astype(np.int64)
