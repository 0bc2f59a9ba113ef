"""Several answers to the same rows: the score of each, and its difference to that of the first, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.search.ensemble import resamples

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Real


class Paired(NamedTuple):
    """One of several answers.

    Attributes
    ----------
    score, low, high : with its 95 % interval.
    less, less_low, less_high : this score less that of the first, drawn on the same rows; None for the first.
    """

    score: float
    low: float
    high: float
    less: float | None = None
    less_low: float | None = None
    less_high: float | None = None


def paired(
    metric: Callable[[np.ndarray, np.ndarray], float],
    truth: Real[np.ndarray, "rows ..."],
    answers: Sequence[Real[np.ndarray, "rows ..."]],
    groups: Int[np.ndarray, " rows"] | None = None,
) -> list[Paired]:
    """The score of each, by resampling the same rows for all (percentile bootstrap), or whole groups of them.

    Parameters
    ----------
    metric : of truth and answers. groups : whole numbers; rows of one group, which are alike, are drawn together.
    """
    draws = list(resamples(len(truth), np.random.default_rng(0), groups))
    scores = [metric(truth, own) for own in answers]
    drawn = np.array([[metric(truth[draw], own[draw]) for draw in draws] for own in answers])
    found = [Paired(scores[0], *_interval(drawn[0]))]
    for score, own in zip(scores[1:], drawn[1:], strict=True):
        found.append(Paired(score, *_interval(own), score - scores[0], *_interval(own - drawn[0])))
    return found


def _interval(values: Float64[np.ndarray, " draws"]) -> tuple[float, float]:
    if np.isnan(values).all():
        return math.nan, math.nan
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
