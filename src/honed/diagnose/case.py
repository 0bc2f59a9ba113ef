"""What rules look at: `Case`, one training as it went."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec

PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Case:
    """One training: settings, curves, and what the probes measured.

    Attributes
    ----------
    network, training : the settings, where known.
    rows, valid_rows : rows that trained and that validated.
    classes : classes of the target, 0 for numbers.
    train_loss, valid_loss, rate : (epochs,) as in `honed.train.record.Record`.
    best_epoch : the epoch that was kept, from 1; 0 for none.
    chance : loss of the best constant answer on the training rows (entropy of the classes, spread of the target).
    batch_size : rows in one step.
    diverged : whether the loss stopped being a number.
    probes : arrays by name, one entry for each epoch that was probed, taken before its first step, so that the first
        is of the untrained network:
        ``loss`` (epochs,) on the probe rows; ``gradient``, ``gradient_zeros``, ``update``, ``weight`` (epochs,
        layers + 1) norm of the gradient of each layer's weights, its share of exact zeros, length of a step over the
        weights' norm, that norm; ``activation_mean``, ``activation_std``, ``dead``, ``saturated`` (epochs, layers)
        and ``activation_percentiles`` (epochs, layers, 5) of each hidden layer; ``signal``, ``noise`` (epochs,) the
        two parts of the gradient noise scale; ``agreement`` (epochs,) cosine of the gradients before and after a step;
        ``clipped`` (epochs,) share of the epoch's steps that were clipped.
    probe_epochs : numbers of the probed epochs, from 1.
    trouble : where a diverged training first held a number that is not finite: {"epoch", "step", "layer", "part"}.
    memorised : loss that 20 rows alone reach, where that was tried, over their chance.
    """

    rows: int
    classes: int
    train_loss: np.ndarray
    valid_loss: np.ndarray
    rate: np.ndarray
    chance: float
    network: NetworkSpec | None = None
    training: TrainingSpec | None = None
    valid_rows: int = 0
    best_epoch: int = 0
    batch_size: int = 0
    diverged: bool = False
    probes: dict[str, np.ndarray] = field(default_factory=dict)
    probe_epochs: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    trouble: dict[str, object] = field(default_factory=dict)
    memorised: float | None = None
