"""What is compiled against NumPy's, and its gradient against that of the library's own convolution."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from naive_convolution import CASES, Case, drawn

from honed.nets.convolution import convolve
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


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_those_of_the_library(case: Case) -> None:
    _, _, stride, dilation, padding, groups = case
    with jax.enable_x64(True):
        values, weight = map(jnp.asarray, drawn(case))

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
