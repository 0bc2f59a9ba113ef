from __future__ import annotations

import numpy as np
import pytest

from honed.units import STEEPNESS


@pytest.mark.parametrize(
    ("name", "function"), [("sigmoid", lambda x: 1 / (1 + np.exp(-x))), ("tanh", np.tanh)]
)
def test_steepness_is_the_slope_over_the_steepest_one(name: str, function: np.ufunc) -> None:
    at, step = np.linspace(-4, 4, 9), 1e-5
    slope = (function(at + step) - function(at - step)) / (2 * step)
    np.testing.assert_allclose(STEEPNESS[name](function(at)), slope / slope.max(), rtol=1e-6)
