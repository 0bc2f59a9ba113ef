"""What is to be explained of a target, as numbers of mean 0 and spread 1: `of`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float64, Real

MOST = 10  # that inputs are made of: each is one input more for each column of texts, or of many levels


def of(y: Real[np.ndarray, " rows"], classes: int) -> Float64[np.ndarray, "rows goals"]:
    """The value, or whether a row is of each class (of two the second alone); mean 0, spread 1, or all 0.

    Of many classes the `MOST` with most rows alone.
    """
    if not classes:
        goals = np.asarray(y, np.float64)[:, None]
    elif classes == 2:
        goals = (y == 1).astype(np.float64)[:, None]
    else:
        rows = np.bincount(np.asarray(y, np.int64), minlength=classes)
        goals = (y[:, None] == np.sort(np.argsort(-rows, kind="stable")[:MOST])).astype(np.float64)
    goals = goals - goals.mean(axis=0)
    spread = goals.std(axis=0)
    return goals / np.where(spread > 0, spread, 1.0)
