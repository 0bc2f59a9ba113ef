"""Losses by row, for the compiled program: ``LOSSES[name](outputs, targets, smoothing)`` gives (rows,)."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp


def cross_entropy(outputs: jax.Array, targets: jax.Array, smoothing: jax.Array) -> jax.Array:
    """Negative log-likelihood in nats; outputs are logits (rows, classes), targets int32 (rows,).

    With smoothing s the target is (1 - s) on its class plus s / classes on each (arXiv 1512.00567).
    """
    classes = outputs.shape[1]
    # A comparison in place of a look-up: its gradient needs no scatter, which a CPU does row by row.
    is_own = targets[:, None] == jnp.arange(classes)
    wanted = jnp.where(is_own, 1 - smoothing + smoothing / classes, smoothing / classes)
    return jax.nn.logsumexp(outputs, axis=1) - (wanted * outputs).sum(axis=1)


def squared(outputs: jax.Array, targets: jax.Array, smoothing: jax.Array) -> jax.Array:
    """(prediction - target)²; outputs (rows, 1), targets float32 (rows,). Smoothing is ignored."""
    del smoothing
    return (outputs[:, 0] - targets) ** 2


LOSSES: dict[str, Callable[[jax.Array, jax.Array, jax.Array], jax.Array]] = {
    "cross_entropy": cross_entropy,
    "squared": squared,
}
