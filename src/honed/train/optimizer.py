"""From a `TrainingSpec` to one Optax update rule, and what is done to weights beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import optax

from honed.train.knobs import Knobs
from honed.train.packing import Array

if TYPE_CHECKING:
    from jaxtyping import Float

Memory = optax.OptState


def update_rule(
    optimizer: str, has_momentum: bool, nesterov: bool, has_clip: bool, knobs: Knobs
) -> optax.GradientTransformation:
    """The rule that turns gradients into directions, before the learning rate.

    `knobs` are traced numbers, so that changing one compiles nothing; the other arguments are structure.
    """
    parts = [optax.clip_by_global_norm(knobs.gradient_clip)] if has_clip else []
    if optimizer == "sgd":
        if has_momentum:
            parts.append(optax.trace(decay=knobs.momentum, nesterov=nesterov))
    elif optimizer == "rmsprop":
        parts.append(optax.scale_by_rms(decay=knobs.rho, eps=knobs.epsilon, eps_in_sqrt=False))
    elif optimizer == "lion":
        parts.append(optax.scale_by_lion(b1=knobs.beta1, b2=knobs.beta2))
    else:
        parts.append(
            optax.scale_by_adam(
                b1=knobs.beta1, b2=knobs.beta2, eps=knobs.epsilon, nesterov=optimizer == "nadam"
            )
        )
    return optax.chain(*parts) if parts else optax.identity()


def step_sizes(memory: Memory, role: str, knobs: Knobs) -> Float[Array, "*sizes"] | float:
    """What the rule makes of a gradient that stays the same: by number 1 / (√v̂ + ε) under the adaptive ones.

    Under momentum steps add up to 1 / (1 - momentum) of it; 1 for the others. `memory` is the rule's after its
    update.
    """
    adaptive = (optax.ScaleByAdamState, optax.ScaleByRmsState)
    kinds = (*adaptive, optax.TraceState)
    for part in jax.tree.leaves(memory, is_leaf=lambda leaf: isinstance(leaf, kinds)):
        if isinstance(part, optax.TraceState):
            return 1 / (1 - knobs.momentum)
        if isinstance(part, adaptive):
            squares: Array = part.nu[role]  # type: ignore[index]
            if isinstance(part, optax.ScaleByAdamState):  # it undoes the bias of its first steps
                squares = squares / (1 - knobs.beta2**part.count)
            return 1 / (jnp.sqrt(squares) + knobs.epsilon)
    return 1.0


def shrunk(
    weight: Float[jax.Array, "*shape"], threshold: Float[Array, "*sizes"]
) -> Float[jax.Array, "*shape"]:
    """Each weight nearer to zero by the threshold, and zero within it: the proximal step of threshold·Σ|w|.

    With the rule's own step sizes in the threshold (Duchi et al. 2011, eq. 24: composite updates).
    """
    return jnp.sign(weight) * jnp.maximum(jnp.abs(weight) - threshold, 0)
