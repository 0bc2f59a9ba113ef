"""What an array library does in operations of its own, where NumPy goes step by step: `operations`."""

from __future__ import annotations

from types import ModuleType


def operations(xp: ModuleType) -> ModuleType:
    """The module that has `convolve` and `largest`: for JAX `honed.nets.compiled`, else the library itself."""
    if xp.__name__ != "jax.numpy":
        return xp
    from honed.nets import compiled  # prediction does without JAX

    return compiled
