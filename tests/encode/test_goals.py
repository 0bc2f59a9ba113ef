"""What is to be explained of a target."""

from __future__ import annotations

import numpy as np
import pytest

from honed.encode import goals

DRAW = np.random.default_rng(0)


def test_of_many_classes_those_with_most_rows_count() -> None:
    y = np.concatenate([np.arange(12), np.repeat(np.arange(2, 12), 3)])
    found = goals.of(y, 12)
    assert found.shape == (len(y), goals.MOST)
    np.testing.assert_array_equal(found.argmax(axis=1)[y >= 2], y[y >= 2] - 2)


@pytest.mark.parametrize(("classes", "count"), [(0, 1), (2, 1), (3, 3), (40, 10)])
def test_each_has_mean_0_and_spread_1(classes: int, count: int) -> None:
    y = DRAW.integers(0, classes, 400) if classes else DRAW.normal(7, 3, 400)
    found = goals.of(y, classes)
    assert found.shape == (400, count)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), 1)


def test_what_does_not_vary_is_0() -> None:
    assert goals.of(np.zeros(3, int), 3)[:, 1].tolist() == [0, 0, 0]
    assert goals.of(np.full(3, 5.0), 0).tolist() == [[0], [0], [0]]
