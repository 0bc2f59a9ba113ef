"""Activation functions, beside those of JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from honed.nets.activations import ACTIVATIONS
from honed.nets.spec import ACTIVATION_NAMES


def test_the_specification_names_them_all() -> None:
    assert tuple(ACTIVATIONS) == ACTIVATION_NAMES


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_activations_agree_with_the_library_and_keep_finite_slopes(name: str) -> None:
    x = jnp.linspace(-60, 60, 1001)
    library = jnp.tanh if name == "tanh" else getattr(jax.nn, name)
    np.testing.assert_allclose(ACTIVATIONS[name](x, jnp), library(x), atol=2e-5, rtol=1e-5)
    slopes = jax.vmap(jax.grad(lambda v: ACTIVATIONS[name](v, jnp)))(x)
    np.testing.assert_allclose(slopes, jax.vmap(jax.grad(library))(x), atol=1e-4)


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_numpy_gives_what_jax_gives(name: str) -> None:
    x = np.linspace(-100, 100, 2001).astype(np.float32)
    np.testing.assert_allclose(ACTIVATIONS[name](x, np), ACTIVATIONS[name](jnp.asarray(x), jnp), atol=1e-5)
