"""Convolutions against loops as textbooks write them."""

from __future__ import annotations

import numpy as np
import pytest
from naive_convolution import CASES, Case, by_loops, drawn

from honed.nets.convolution import convolve, pool


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_convolution_is_its_loops(case: Case) -> None:
    values, weight = drawn(case)
    _, _, stride, dilation, padding, groups = case
    found = convolve(values, weight, stride=stride, dilation=dilation, padding=padding, groups=groups)
    np.testing.assert_allclose(found, by_loops(values, weight, case), atol=1e-12)


def test_a_row_is_the_same_to_the_last_bit_wherever_it_stands() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(33, 9, 7, 5)).astype(np.float32)
    weight = rng.normal(size=(3, 3, 5, 6)).astype(np.float32)
    whole = convolve(values, weight)
    for row in (0, 17, 32):
        assert (convolve(values[row : row + 1], weight) == whole[row]).all()


def test_pooling_halves_each_axis() -> None:
    values = np.array([[[1.0, 2, 9], [3, 4, 9], [9, 9, 9]]])[..., None]
    assert pool(values, "max").tolist() == [[[[4]]]]
    assert pool(values, "average").tolist() == [[[[2.5]]]]
    assert pool(np.array([[[5.0, 7.0]]])[..., None], "max").tolist() == [
        [[[7.0]]]
    ]  # an axis of one place stays
