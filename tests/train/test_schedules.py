"""Schedules at their corner points."""

from __future__ import annotations

import numpy as np
import pytest

from honed.train.schedules import SCHEDULES, factors, rate_factors
from honed.train.spec import SCHEDULE_NAMES, TrainingSpec

CORNERS = {
    "constant": {0: 1, 0.5: 1, 1: 1},
    "plateau": {0: 1, 1: 1},
    "step": {0: 1, 0.49: 1, 0.5: 0.1, 0.75: 0.01},
    "exponential": {0: 1, 0.5: 0.1, 1: 0.01},
    "linear": {0: 1, 0.5: 0.5, 1: 0},
    "cosine": {0: 1, 0.5: 0.5, 1: 0},
    "one_cycle": {0: 0.04, 0.25: 1, 0.625: 0.5, 1: 0},
    "coslog4": {0: 0, 1 / 15: 0, 3 / 15: 0, 7 / 15: 0, 1: 0},
    "flat_cosine": {0: 1, 0.49: 1, 0.75: 0.5, 1: 0},
}


@pytest.mark.parametrize("name", SCHEDULE_NAMES)
def test_corner_points(name: str) -> None:
    places, expected = zip(*CORNERS[name].items(), strict=True)
    np.testing.assert_allclose(SCHEDULES[name](np.array(places, float)), expected, atol=1e-9)


def test_warmup_rises_from_one_step_to_the_whole_rate() -> None:
    factors = rate_factors(TrainingSpec(warmup=0.1), np.arange(100) / 100, 0.01)
    np.testing.assert_allclose(factors[:10], np.arange(1, 11) / 10, rtol=1e-6)
    assert (factors[10:] == 1).all()


def test_penalties_may_fade() -> None:
    faded = factors("flat_cosine", np.array([0, 0.49, 0.75]))
    np.testing.assert_allclose(faded, [1, 1, 0.5], atol=1e-6)
