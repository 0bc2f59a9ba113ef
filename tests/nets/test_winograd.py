"""3 × 3 convolutions with fewer products against loops as textbooks write them, and their gradient against sums."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from naive_convolution import Case, by_loops, drawn

from honed.nets import winograd
from honed.nets.patches import Padding, Window

SIZES = [(7, 6), (4, 5), (6, 8)]


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("places", SIZES, ids=str)
def test_fewer_products_give_the_same_outputs_and_gradients(
    places: tuple[int, int], padding: Padding
) -> None:
    case: Case = (places, (3, 3), 1, 1, padding, 1)
    window = Window.of(*case[:-1])
    assert winograd.fits(window, places)
    values, weight = drawn(case)
    expected = by_loops(values, weight, case)
    slope = np.random.default_rng(1).normal(size=expected.shape)
    with jax.enable_x64(True):
        found = winograd.convolution(jnp.asarray(weight), window)(jnp.asarray(values))
        np.testing.assert_allclose(found, expected, atol=1e-12)
        sums = winograd.of_sums(jnp.asarray(values), jnp.asarray(slope), window)
        np.testing.assert_allclose(winograd.of_weight(sums), slopes(values, slope, case), atol=1e-11)


def slopes(values: Any, slope: Any, case: Case) -> Any:
    """The gradient of the weights: what each place of the kernel sees of all outputs, times their slope."""
    before = 1 if case[4] == "same" else 0
    padded = np.pad(values, ((0, 0), (before, before), (before, before), (0, 0)))
    high, wide = slope.shape[1:3]
    parts = [[padded[:, i : i + high, j : j + wide] for j in range(3)] for i in range(3)]
    return np.array([[np.einsum("nhwc,nhwf->cf", part, slope) for part in row] for row in parts])


def test_rounding_stays_that_of_float32() -> None:
    """Against float64, beside what all 36 products lose."""
    case: Case = ((14, 14), (3, 3), 1, 1, "same", 1)
    values, weight = drawn(case, channels=64, filters=16)
    expected = by_loops(values, weight, case)
    own, others = (np.asarray(each, np.float32) for each in (values, weight))
    found = winograd.convolution(jnp.asarray(others), Window.of(*case[:-1]))(jnp.asarray(own))
    assert np.abs(found - expected).max() < 4 * np.abs(by_loops(own, others, case) - expected).max()


@pytest.mark.parametrize(
    "window",
    [
        Window.of((9, 9), (5, 5)),
        Window.of((9, 9), (3, 3), stride=2),
        Window.of((9, 9), (3, 3), dilation=2),
        Window.of((9,), (3,)),
    ],
    ids=str,
)
def test_other_convolutions_do_not_fit(window: Window) -> None:
    assert not winograd.fits(window, (9,) * len(window.kernel))


def test_a_picture_of_one_output_does_not_fit() -> None:
    assert not winograd.fits(Window.of((1, 8), (3, 3)), (1, 8))
