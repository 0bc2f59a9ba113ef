"""What is compiled against NumPy's, and its gradient against that of the library's own convolution."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from naive_convolution import CASES, Case, by_loops, drawn

from honed.nets import compiled
from honed.nets.convolution import convolve, pool
from honed.nets.patches import Window


def by_library(values: Any, weight: Any, case: Case) -> Any:
    places, kernel, stride, dilation, padding, groups = case
    window = Window.of(places, kernel, stride, dilation, padding)
    letters = "HW"[: len(places)]
    return lax.conv_general_dilated(
        values,
        weight,
        window.stride,
        window.padding,
        rhs_dilation=window.dilation,
        dimension_numbers=(f"N{letters}C", f"{letters}IO", f"N{letters}C"),
        feature_group_count=groups,
    )


def check(case: Case, channels: int) -> None:
    _, _, stride, dilation, padding, groups = case
    with jax.enable_x64(True):
        values, weight = map(jnp.asarray, drawn(case, channels=channels))

        def own(values: Any, weight: Any) -> Any:
            return convolve(
                values, weight, jnp, stride=stride, dilation=dilation, padding=padding, groups=groups
            )

        found, back = jax.vjp(own, values, weight)
        expected, expected_back = jax.vjp(lambda v, w: by_library(v, w, case), values, weight)
        slope = jnp.asarray(np.random.default_rng(1).normal(size=expected.shape))
        np.testing.assert_allclose(found, expected, atol=1e-12)
        for mine, theirs in zip(back(slope), expected_back(slope), strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-11)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_those_of_the_library(case: Case) -> None:
    check(case, channels=4)


@pytest.mark.parametrize("case", CASES[:9:2], ids=str)
def test_so_they_are_of_many_channels_one_picture_at_a_time(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_NEAR", 1)
    monkeypatch.setattr(compiled, "_NEAR_TILES", 1)
    check(case, channels=2 * compiled._FEW)


@pytest.mark.parametrize("case", [case for case in CASES if case[-1] == 1], ids=str)
def test_the_way_of_other_devices_is_the_loops_too(case: Case) -> None:
    values, weight = drawn(case)
    with jax.enable_x64(True):
        found = compiled._direct(jnp.asarray(values), jnp.asarray(weight), Window.of(*case[:-1]))
        np.testing.assert_allclose(found, by_loops(values, weight, case), atol=1e-12)


@pytest.mark.parametrize("places", [(4, 6), (5, 7), (1, 4), (9,)])
def test_the_largest_of_two_and_its_gradient_are_those_of_the_library(places: tuple[int, ...]) -> None:
    values = jnp.asarray(np.random.default_rng(0).normal(size=(3, *places, 2)), jnp.float32)
    size = (1, *(min(2, side) for side in places), 1)

    def by_library(values: Any) -> Any:
        return lax.reduce_window(values, -np.inf, lax.max, size, size, "VALID")

    found, back = jax.vjp(lambda v: pool(v, "max", jnp), values)
    expected, expected_back = jax.vjp(by_library, values)
    slope = jnp.arange(1.0, expected.size + 1).reshape(expected.shape)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(back(slope)[0], expected_back(slope)[0])


def test_equal_largest_values_share_the_gradient() -> None:
    values = jnp.asarray([[1.0, 1.0, 0.0, 2.0]])[..., None]
    assert jax.grad(lambda v: pool(v, "max", jnp).sum())(values).ravel().tolist() == [0.5, 0.5, 0, 1]
