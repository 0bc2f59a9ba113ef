"""Codes for "not known" among numbers."""

import numpy as np
import pytest

from honed.table.sentinels import Sentinel, apart, tried

NORMAL = np.random.default_rng(0).normal(size=400)
POSITIVE = np.abs(NORMAL) * 100


def with_code(values: np.ndarray, code: float, count: int = 20) -> np.ndarray:
    return np.where(np.arange(len(values)) < count, code, values)


@pytest.mark.parametrize("code", [-999, 9999, -99.99, -200, 1e20, -32768, 888])
def test_a_code_far_from_all_others_is_seen(code):
    (found,) = apart(with_code(NORMAL, code))
    assert (found.value, found.count) == (code, 20)
    assert found.low == NORMAL[20:].min() and found.high == NORMAL[20:].max()


def test_a_code_alone_below_zero_is_seen():
    assert [one.value for one in apart(with_code(POSITIVE, -99))] == [-99]


def test_codes_at_both_ends_are_seen():
    values = np.concatenate([NORMAL, np.full(5, -999.0), np.full(4, 999.0), [np.nan]])
    assert [one[:2] for one in apart(values)] == [(-999, 5), (999, 4)]


@pytest.mark.parametrize(
    "values",
    [
        NORMAL,
        with_code(NORMAL, -999, 2),  # a slip
        with_code(NORMAL, 250),  # no code
        np.arange(100.0),  # 99 is next to 98
        np.concatenate([np.arange(60.0), np.full(9, 99.0)]),  # hours, of which many are cut off
        np.tile([1.0, 2.0, 3.0, 99.0], 30),  # too few others to say
        np.full(50, np.nan),
        np.full(50, -999.0),
    ],
)
def test_other_numbers_are_not(values):
    assert apart(values) == ()


@pytest.mark.parametrize("has_classes", [False, True])
def test_the_trial_tells_a_code_from_a_number_that_means_what_it_says(has_classes):
    rng = np.random.default_rng(1)
    x, other = rng.normal(size=1000), rng.normal(size=1000)
    y = 3 * x + other
    answer = (y > 0).astype(np.int32) if has_classes else y
    coded = {"x": with_code(x, -999, 100), "other": other}
    trial = tried(coded, answer, "x", -999, has_classes=has_classes)
    assert trial.helps and trial.as_missing < trial.as_number
    useless = {"x": with_code(rng.normal(size=1000), -999, 100), "other": other}
    assert not tried(useless, answer, "x", -999, has_classes=has_classes).helps


def test_the_trial_sees_a_code_in_a_column_that_tells_by_its_size():
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=1000), rng.normal(size=1000)
    y = x**2 + 0.1 * noise
    assert tried({"x": with_code(x, -999, 50)}, y, "x", -999, has_classes=False).helps
    assert not tried({"x": with_code(x, -999, 50)}, noise, "x", -999, has_classes=False).helps


def test_a_sentinel_says_what_the_others_are():
    assert apart(with_code(np.arange(400.0), -999)) == (Sentinel(-999.0, 20, 20.0, 399.0),)
