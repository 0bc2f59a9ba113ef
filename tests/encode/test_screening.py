"""Which of very many numbers are kept, against what is planted and against the formula of an orthogonal lasso."""

from __future__ import annotations

import numpy as np
import pytest

from honed.encode import screening


def test_of_orthogonal_columns_the_order_is_that_of_their_correlation() -> None:
    """There the lasso's weight is the correlation less the penalty (Tibshirani 1996, section 2.2)."""
    rng = np.random.default_rng(0)
    values = np.linalg.qr(rng.normal(size=(64, 20)))[0]
    values -= values.mean(axis=0)
    values = np.linalg.qr(values)[0]
    target = values @ rng.permutation(np.linspace(1, 20, 20))
    expected = np.argsort(-np.abs(values.T @ (target - target.mean())))
    assert screening.order(values, target, has_classes=False)[:12].tolist() == expected[:12].tolist()


@pytest.mark.parametrize("has_classes", [False, True])
def test_planted_columns_come_first_though_others_follow_them(has_classes: bool) -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=(400, 1_000))
    planted = [3, 500, 901]
    values[:, 4] = values[:, 3] + 0.7 * rng.normal(
        size=400
    )  # has a correlation of its own, and nothing to add
    said = values[:, planted].sum(axis=1) + 0.5 * rng.normal(size=400)
    target = (said > 0).astype(np.int32) if has_classes else said
    found = screening.order(values, target, has_classes=has_classes)
    assert sorted(found[:3]) == planted
    assert sorted(found) == list(range(1_000))


def test_each_of_several_classes_counts() -> None:
    rng = np.random.default_rng(2)
    values, target = rng.normal(size=(300, 400)), rng.integers(0, 3, 300)
    for code in range(3):
        values[:, 100 * code] += 2 * (target == code)
    assert {0, 100, 200} <= set(screening.order(values, target, has_classes=True)[:4])


def test_columns_without_numbers_or_with_wild_ones_do_no_harm() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(200, 300))
    target = values[:, 7] + 0.1 * rng.normal(size=200)
    values[:, 0], values[:, 1], values[0, 2] = np.nan, 5.0, 1e300
    values[rng.random(200) < 0.3, 7] = np.nan
    assert screening.order(values, target, has_classes=False)[0] == 7


def test_how_many_are_kept_follows_the_rows_within_bounds() -> None:
    assert [screening.kept(rows) for rows in (10, 200, 1_000, 10**6)] == [16, 40, 200, 256]


def test_a_sample_is_spread_over_all_rows() -> None:
    assert screening.sample(100).tolist() == list(range(100))
    rows = screening.sample(1_000_000)
    assert (rows[0], rows[-1], len(rows)) == (0, 999_999, 5_000)
