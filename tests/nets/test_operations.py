"""JAX has its convolutions in a module of honed, other libraries have them themselves."""

from __future__ import annotations

import types

import jax.numpy as jnp

from honed.nets import compiled
from honed.nets.operations import operations


def test_jax_is_sent_to_what_is_compiled_and_others_to_themselves() -> None:
    other = types.ModuleType("traced")
    assert operations(jnp) is compiled
    assert operations(other) is other
