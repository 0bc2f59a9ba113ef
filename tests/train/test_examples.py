"""Rows on the device: padding, precision, and what is read back."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.train.examples import Examples, fill, padded

SIZES = sorted([2**power for power in range(5, 21)] + [3 * 2**power for power in range(4, 20)])


def examples(rows: int, targets: np.ndarray, **more: Any) -> Examples:
    encoded = Encoded(np.arange(rows * 2, dtype=np.float32).reshape(rows, 2), np.ones((rows, 1), np.int32))
    inputs = Inputs(2, 0, (3,), (2,))
    return Examples.of(NETWORKS, inputs, encoded, targets, outputs=3 if targets.dtype == int else 1, **more)


@pytest.mark.parametrize("rows", [0, 1, 31, 32, 33, 48, 49, 64, 65, 1000, 98_304, 98_305])
def test_a_size_is_the_next_power_of_two_or_one_and_a_half_of_it(rows: int) -> None:
    assert padded(rows) == next(size for size in SIZES if size >= rows)


def test_zeros_fill_up_and_a_full_array_stays_as_it_is() -> None:
    values = np.arange(6, dtype=np.int32).reshape(3, 2)
    filled = fill(values, 5)
    np.testing.assert_array_equal(filled, [[0, 1], [2, 3], [4, 5], [0, 0], [0, 0]])
    assert filled.dtype == np.int32
    assert fill(values, 3) is values


def test_padding_is_of_rows_targets_and_weights_alike() -> None:
    made = examples(40, np.arange(40.0, dtype=np.float32), pad=True)
    assert made.count == 40
    assert made.rows.numeric.shape == (48, 2) and made.rows.codes.shape == (48, 1)
    np.testing.assert_array_equal(made.targets[0], [*range(40), *[0] * 8])
    np.testing.assert_array_equal(made.weights, [1] * 40 + [0] * 8)


def test_whole_numbers_are_classes() -> None:
    numbers, classes = examples(4, np.zeros(4, np.float32)), examples(4, np.array([0, 1, 2, 1]))
    assert (numbers.heads[0].classes, classes.heads[0].classes) == (0, 3)
    assert np.issubdtype(np.asarray(classes.targets[0]).dtype, np.integer)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_all_numbers_have_the_precision_and_codes_stay_whole(precision: str) -> None:
    with jax.enable_x64(precision == "float64"):
        made = examples(4, np.zeros(4, np.float32), precision=precision, weights=np.full(4, 2, np.float32))
    assert made.real == precision
    assert {str(part.dtype) for part in (made.rows.numeric, made.targets[0], made.weights)} == {precision}
    assert made.rows.codes.dtype == np.int32


def test_rows_are_read_back_by_their_numbers() -> None:
    taken = examples(5, np.zeros(5, np.float32)).take(np.array([3, 0]))
    assert isinstance(taken.numeric, np.ndarray)
    np.testing.assert_array_equal(taken.numeric, [[6, 7], [0, 1]])
