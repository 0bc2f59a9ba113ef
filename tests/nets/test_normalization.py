"""Normalized sums against the formulas, and what statistics are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.nets.normalization import GUARD, normalized

UNITS = 3
LINEAR = np.random.default_rng(0).normal(2, 3, (5, 4, UNITS)).astype(np.float32)
PARAMS = {
    "0.bias": np.array([0.5, -1, 2], np.float32),
    "0.gain": np.array([1, 2, 0.5], np.float32),
    "0.mean": np.array([1, 2, 3], np.float32),
    "0.variance": np.array([4, 1, 9], np.float32),
}


def test_without_a_kind_it_is_the_bias_alone() -> None:
    assert np.array_equal(normalized(PARAMS, None, 0, LINEAR, np, None, -1), LINEAR + PARAMS["0.bias"])


@pytest.mark.parametrize("axes", [-1, (1, 2)])
def test_the_sums_of_a_row_lose_their_mean_and_spread(axes: Any) -> None:
    found = normalized(PARAMS, "layer", 0, LINEAR, np, None, axes)
    plain = (found - PARAMS["0.bias"]) / PARAMS["0.gain"]
    np.testing.assert_allclose(plain.mean(axis=axes), 0, atol=1e-6)
    np.testing.assert_allclose(plain.var(axis=axes), 1, rtol=1e-3)


def test_those_of_a_batch_are_measured_by_the_running_statistics() -> None:
    found = normalized(PARAMS, "batch", 0, LINEAR, np, None, -1)
    spread = np.sqrt(PARAMS["0.variance"] + GUARD)
    expected = (LINEAR - PARAMS["0.mean"]) / spread * PARAMS["0.gain"] + PARAMS["0.bias"]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_statistics_are_told_which_steps_count_where_not_all_do() -> None:
    told = []

    def statistics(*given: Any) -> tuple[Any, Any]:
        told.append(given)
        return PARAMS["0.mean"], PARAMS["0.variance"]

    is_step = np.ones((5, 4), bool)
    whole = normalized(PARAMS, "batch", 0, LINEAR, np, statistics, -1)
    part = normalized(PARAMS, "batch", 0, LINEAR, np, statistics, -1, is_step)
    assert [len(given) for given in told] == [2, 3]
    assert told[1][2] is is_step
    assert np.array_equal(whole, part)
