"""The numbers that a compiled program is given anew at each call: `Knobs`."""

from __future__ import annotations

from typing import NamedTuple

from honed.family import Array, Role


class Knobs(NamedTuple):
    """The traced numbers of a training, each of shape () unless its line says more: another value compiles nothing.

    Those of the first part are settings of `TrainingSpec` by the same name; `Setup.knobs` says how the others follow.
    """

    learning_rate: Array
    momentum: Array
    rho: Array
    beta1: Array
    beta2: Array
    epsilon: Array
    l1: Array
    l2: Array
    noise: Array
    label_smoothing: Array
    huber_delta: Array
    plateau_factor: Array
    plateau_threshold: Array
    weight_average: Array
    bias_rate: Array
    scale_rate: Array
    embedding_rate: Array
    slope_rate: Array

    min_delta: Array
    weight_decay: Array
    gradient_clip: Array
    dropout: Array  # (places,) of `Structure.drops`
    plateau_patience: Array
    plateau_cooldown: Array
    plateau_swing: Array
    patience: Array
    patience_multiple: Array
    patience_least: Array
    accumulation: Array
    train_rows: Array
    valid_rows: Array
    probe_every: Array
    quantiles: Array | None = None  # (outputs,); with that loss alone
    middle: Array | None = (
        None  # (outputs,): weights of the outputs in what is predicted; with that loss alone
    )
    head_weights: Array | None = None  # (heads,): factors on their losses; with several alone

    def rate_of(self, role: Role) -> Array:
        """The factor on the learning rate of arrays with that role."""
        return {
            "weight": 1,
            "gain": 1,
            "bias": self.bias_rate,
            "scale": self.scale_rate,
            "embedding": self.embedding_rate,
            "slope": self.slope_rate,
        }[role]
