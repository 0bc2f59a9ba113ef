"""The numbers that a compiled program is given anew at each call: `Knobs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from honed.family import Array, Role

if TYPE_CHECKING:
    from jaxtyping import Float, Int32


class Knobs(NamedTuple):
    """The traced numbers of a training: another value compiles nothing.

    Those of the first part are settings of `TrainingSpec` by the same name; `Setup.knobs` says how the others follow.
    """

    learning_rate: Float[Array, ""]
    momentum: Float[Array, ""]
    rho: Float[Array, ""]
    beta1: Float[Array, ""]
    beta2: Float[Array, ""]
    epsilon: Float[Array, ""]
    l1: Float[Array, ""]
    l2: Float[Array, ""]
    noise: Float[Array, ""]
    label_smoothing: Float[Array, ""]
    huber_delta: Float[Array, ""]
    plateau_factor: Float[Array, ""]
    plateau_threshold: Float[Array, ""]
    weight_average: Float[Array, ""]
    bias_rate: Float[Array, ""]
    scale_rate: Float[Array, ""]
    embedding_rate: Float[Array, ""]
    slope_rate: Float[Array, ""]

    min_delta: Float[Array, ""]
    weight_decay: Float[Array, ""]
    gradient_clip: Float[Array, ""]
    dropout: Float[Array, " places"]  # rates and hidden shares, of `Structure.drops`
    plateau_patience: Int32[Array, ""]
    plateau_cooldown: Int32[Array, ""]
    plateau_swing: Float[Array, ""]
    patience: Int32[Array, ""]
    patience_multiple: Float[Array, ""]
    patience_least: Int32[Array, ""]
    accumulation: Int32[Array, ""]
    train_rows: Int32[Array, ""]
    valid_rows: Int32[Array, ""]
    probe_every: Int32[Array, ""]
    quantiles: Float[Array, " outputs"] | None = None  # with that loss alone
    # Weights of the outputs in what is predicted; with that loss alone.
    middle: Float[Array, " outputs"] | None = None
    head_weights: Float[Array, " heads"] | None = None  # factors on their losses; with several alone

    def rate_of(self, role: Role) -> Float[Array, ""] | int:
        """The factor on the learning rate of arrays with that role."""
        return {
            "weight": 1,
            "gain": 1,
            "bias": self.bias_rate,
            "scale": self.scale_rate,
            "embedding": self.embedding_rate,
            "slope": self.slope_rate,
        }[role]
