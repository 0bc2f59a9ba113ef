"""Scores beside each other: of the same rows, drawn together."""

from __future__ import annotations

import numpy as np
import pytest

from honed.search.ensemble import interval
from honed.search.paired import paired

TRUTH = np.random.default_rng(0).normal(size=300)


def error(truth: np.ndarray, told: np.ndarray) -> float:
    return float(np.abs(truth - told).mean())


def test_each_score_has_the_interval_that_it_has_alone() -> None:
    rng = np.random.default_rng(1)
    answers = [TRUTH + 0.1 * rng.normal(size=300), TRUTH + 0.3 * rng.normal(size=300)]
    for own, found in zip(answers, paired(error, TRUTH, answers), strict=True):
        alone = interval(TRUTH, own, error, np.random.default_rng(0))
        assert (found.score, found.low, found.high) == pytest.approx((error(TRUTH, own), *alone))


def test_differences_are_surer_than_scores_where_answers_err_alike() -> None:
    noise = np.random.default_rng(1).exponential(size=300)
    first, second = paired(error, TRUTH, [TRUTH + noise, TRUTH + noise + 0.05])
    assert (first.less, first.less_low, first.less_high) == (None, None, None)
    assert (second.less, second.less_low, second.less_high) == pytest.approx((0.05, 0.05, 0.05))
    assert second.high - second.low > 0.1


def test_groups_are_drawn_whole() -> None:
    told = TRUTH + np.repeat([0.0, 1.0, 2.0], 100)
    alone, whole = (
        paired(error, TRUTH, [told], groups)[0] for groups in (None, np.repeat(np.arange(3), 100))
    )
    assert whole.high - whole.low > 3 * (alone.high - alone.low)
