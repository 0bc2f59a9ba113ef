"""Outputs as probabilities."""

from __future__ import annotations

import numpy as np

from honed.model.outputs import sharpen, softmax


def test_the_temperature_divides_the_logarithms() -> None:
    p = np.array([[0.7, 0.2, 0.1]])
    expected = p**0.5 / (p**0.5).sum()
    np.testing.assert_allclose(sharpen(p, 2.0), expected)
    np.testing.assert_allclose(sharpen(p, 1.0), p)


def test_huge_logits_do_not_overflow() -> None:
    np.testing.assert_array_equal(softmax(np.array([[1e4, -1e4]])), [[1.0, 0.0]])
    assert (sharpen(softmax(np.array([[1e4, -1e4]])), 1.0) > 0).all()
