"""From a `TrainingSpec` to one Optax update rule."""

from __future__ import annotations

from typing import Any

import jax
import optax


def update_rule(
    optimizer: str, has_momentum: bool, nesterov: bool, has_clip: bool, knobs: dict[str, Any]
) -> optax.GradientTransformation:
    """The rule that turns gradients into directions, before the learning rate.

    `knobs` are traced numbers, so that changing one compiles nothing; the other arguments are structure.
    """
    parts = [optax.clip_by_global_norm(knobs["gradient_clip"])] if has_clip else []
    if optimizer == "sgd":
        if has_momentum:
            parts.append(optax.trace(decay=knobs["momentum"], nesterov=nesterov))
    elif optimizer == "rmsprop":
        parts.append(optax.scale_by_rms(decay=knobs["rho"], eps=knobs["epsilon"], eps_in_sqrt=False))
    else:
        parts.append(
            optax.scale_by_adam(
                b1=knobs["beta1"], b2=knobs["beta2"], eps=knobs["epsilon"], nesterov=optimizer == "nadam"
            )
        )
    return optax.chain(*parts) if parts else optax.identity()


def penalized(gradient: jax.Array, weight: jax.Array, l1: jax.Array, l2: jax.Array) -> jax.Array:
    """Gradient of loss + l1·Σ|w| + l2·Σw² for one array of weights."""
    return gradient + l1 * jax.numpy.sign(weight) + 2 * l2 * weight
