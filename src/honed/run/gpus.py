"""By which packages JAX may reach GPUs on this machine: `packages`."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("jax-cuda13-plugin", "jax-cuda12-plugin", "jax-rocm7-plugin")


def packages() -> list[str]:
    """The packages for GPUs that are installed, each with its version; JAX is not loaded."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found
