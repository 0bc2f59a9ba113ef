"""Intervals: the reach of each level by a naive computation, what they hold on new rows, and what is refused."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from honed.errors import InputError
from honed.model.intervals import Intervals, Log, check_level, learn, learn_quantiles, spread, weights

LEVELS = (0.5, 0.8, 0.9, 0.95, 0.99)


def noisy(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth, what two voices say, and their mean; where they disagree the noise is larger."""
    rng = np.random.default_rng(seed)
    sure = rng.normal(size=rows)
    doubt = np.exp(rng.normal(size=rows))
    truth = sure + doubt * rng.normal(size=rows)
    voices = np.stack([sure + doubt, sure - doubt])
    return truth, voices, voices.mean(axis=0)


def coverage(truth: np.ndarray, ends: np.ndarray) -> float:
    return float(np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1])))


@pytest.mark.parametrize("rows", [1, 9, 60, 1000])
def test_the_reach_is_the_error_of_the_rank_that_the_finite_sample_asks_for(rows: int) -> None:
    truth, _, values = noisy(rows)
    errors = np.sort(np.abs(truth - values))
    made = learn(truth, values)
    assert made.constant is None and made.units == rows
    for level in LEVELS:
        rank = math.ceil((rows + 1) * level - 1e-9)
        assert made.has(level) == (rank <= rows)
        if rank <= rows:
            assert made.at(level) == errors[rank - 1]
            np.testing.assert_array_equal(
                made.around(values, level),
                np.stack([values - made.at(level), values + made.at(level)], axis=1),
            )


def test_a_level_between_two_of_the_grid_has_the_reach_of_the_upper_one() -> None:
    made = learn(*noisy(5000)[::2])
    assert made.at(0.9001) == made.at(0.9025) > made.at(0.9)


def test_rows_of_groups_are_weighted_so_that_each_group_counts_once() -> None:
    """Against the definition: groups' distributions of scores, mixed evenly with one more group at infinity."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), rng.integers(1, 30, 40))
    truth = rng.normal(size=40)[groups] * 2 + rng.normal(size=len(groups))
    values = np.zeros(len(groups))
    made = learn(truth, values, groups=groups)
    assert (made.units, made.of) == (40, "groups")
    for level in (0.5, 0.8, 0.9):

        def below(reach: float) -> float:
            shares = [np.mean(np.abs(truth[groups == group]) <= reach) for group in range(40)]
            return float(np.sum(shares)) / 41

        reach = made.at(level)
        assert below(reach) >= level - 1e-9 > below(np.nextafter(reach, 0)) - 2e-9
    with pytest.raises(InputError, match=r"Intervals of 0\.99 need 99 groups .* were 40\. .* up to 0\.975"):
        made.at(0.99)


def test_groups_of_one_row_are_as_no_groups() -> None:
    truth, _, values = noisy(300)
    one, other = learn(truth, values), learn(truth, values, groups=np.arange(300))
    np.testing.assert_allclose(one.reach, other.reach)
    np.testing.assert_array_equal(weights(3, np.array([5, 5, 7]))[0], [0.5, 0.5, 1])


def test_new_rows_are_held_as_often_as_was_asked() -> None:
    """Mean of 40 draws of 500 rows, each asked about 500 others; also where the scale is chosen."""
    for with_voices in (False, True):
        for level in (0.5, 0.9, 0.95):
            found = []
            for seed in range(40):
                truth, voices, values = noisy(1000, seed)
                more: dict[str, Any] = (
                    {"voices": voices[:, :500], "shares": (0.5, 0.5)} if with_voices else {}
                )
                made = learn(truth[:500], values[:500], **more)
                ends = made.around(values[500:], level, voices[:, 500:], (0.5, 0.5))
                found.append(coverage(truth[500:], ends))
            assert abs(np.mean(found) - level) < 0.01, (with_voices, level)


def test_a_spread_that_tells_of_the_noise_is_used_and_narrows_the_intervals() -> None:
    truth, voices, values = noisy(2000)
    made = learn(truth, values, voices=voices, shares=(0.5, 0.5))
    assert made.constant is not None
    by_spread, alike = made.around(values, 0.9, voices, (0.5, 0.5)), learn(truth, values).around(values, 0.9)
    assert np.diff(by_spread).mean() < 0.8 * np.diff(alike).mean()
    scale = np.hypot(np.abs(voices[0] - voices[1]) / 2, made.constant)
    np.testing.assert_allclose(scale, np.hypot(spread(voices, (0.5, 0.5)), made.constant))
    scores = np.sort(np.abs(truth - values) / scale)
    assert made.at(0.9) == pytest.approx(scores[math.ceil(2001 * 0.9) - 1])


def test_a_spread_that_tells_nothing_is_not_used() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=3000)
    voices = np.exp(rng.normal(size=3000)) * np.array([[1e-6], [-1e-6]])
    made = learn(truth, voices.mean(axis=0), voices=voices, shares=(0.5, 0.5))
    assert made.constant is None


def test_of_few_rows_no_scale_is_chosen() -> None:
    truth, voices, values = noisy(99)
    assert learn(truth, values, voices=voices, shares=(0.5, 0.5)).constant is None


def test_errors_in_proportion_are_held_on_a_logarithmic_axis() -> None:
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(3, 1, size=4000))
    truth = values * np.exp(0.2 * rng.normal(size=4000))
    axis = Log(0.01, 0.0)
    made = learn(truth[:2000], values[:2000], log=axis)
    assert made.log == axis
    ends = made.around(values[2000:], 0.9)
    assert (ends > 0).all() and abs(coverage(truth[2000:], ends) - 0.9) < 0.02
    np.testing.assert_allclose(ends[:, 0] * ends[:, 1], values[2000:] ** 2)
    even = learn(values + rng.normal(size=4000), values, log=axis)
    assert even.log is None
    assert learn(truth[:50], values[:50], log=axis, is_log=True).log == axis
    assert learn(truth[:50], values[:50], log=axis).log is None


def test_an_interval_holds_its_value_below_the_beginning_of_the_axis() -> None:
    made = Intervals((0.1,), 1, log=Log(1.0, 0.0))
    low, high = made.around(np.array([0.2]), 0.5)[0]
    assert low == 0.2 and high == pytest.approx(np.exp(0.1))


def test_quantiles_are_widened_or_narrowed_by_how_far_truth_lay_beyond_them() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=2000)
    for half in (0.5, 3.0):
        outer = np.tile([-half, half], (2000, 1))
        made = learn_quantiles(truth[:1000], outer[:1000])
        beyond = np.sort(np.maximum(outer[:1000, 0] - truth[:1000], truth[:1000] - outer[:1000, 1]))
        assert made.at(0.9) == beyond[math.ceil(1001 * 0.9) - 1]
        assert abs(coverage(truth[1000:], made.beyond(outer[1000:], 0.9)) - 0.9) < 0.03
    crossed = Intervals((-2.0,), 1, quantiles=True).beyond(np.array([[0.0, 1.0]]), 0.5)
    np.testing.assert_array_equal(crossed, [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0.3, "is 0.3, but it must be a number from 0.5 to 0.99"),
        (1.0, "is 1.0, but"),
        (90, "for 90 % give 0.9"),
        (float("nan"), "is nan, but"),
        ("0.9", "is '0.9', but"),
        (True, "is True, but"),
    ],
)
def test_what_is_no_level_is_refused(level: Any, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        check_level(level)


def test_too_few_rows_for_a_level_are_said() -> None:
    made = learn(*noisy(9)[::2])
    assert made.has(0.9)
    with pytest.raises(InputError, match=r"Intervals of 0\.95 need 19 rows .* there were 9\. .* up to 0\.9:"):
        made.at(0.95)
    with pytest.raises(InputError, match=r"need 1 row .* were 0\. Train on more rows"):
        Intervals((), 0).at(0.5)


def test_errors_beyond_all_numbers_are_the_largest_one() -> None:
    with np.errstate(over="ignore"):
        made = learn(np.full(5, 1.7e308), np.full(5, -1.7e308))
    assert np.isfinite(made.reach).all()


def test_intervals_come_back_from_json_as_they_were() -> None:
    truth, voices, values = noisy(300)
    for made in (
        learn(truth, values, voices=voices, shares=(0.5, 0.5), networks=2),
        learn(np.exp(truth), np.exp(values), log=Log(1e-3, 0.1)),
        learn_quantiles(truth, voices.T),
    ):
        assert Intervals.from_json(made.to_json()) == made
