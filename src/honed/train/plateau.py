"""When the rate falls on a plateau: a state that is carried from epoch to epoch inside the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
import numpy as np

from honed.train.knobs import Knobs
from honed.train.packing import Array

if TYPE_CHECKING:
    from jaxtyping import Float, Int32


class Plateau(NamedTuple):
    """What is known of progress after an epoch."""

    factor: Float[Array, ""]  # on the learning rate
    best: Float[Array, ""]
    since_drop: Int32[Array, ""]  # epochs without progress
    cooling: Int32[Array, ""]  # epochs in which no plateau is counted yet
    watched: Float[Array, ""]  # of the last epoch
    change: Float[Array, ""]  # from the epoch before to the last
    swings: Int32[Array, ""]  # how many changes in a row turned round

    @classmethod
    def start(cls, real: np.dtype) -> Plateau:
        """Before the first epoch."""
        number = real.type
        return cls(
            factor=number(1),
            best=number(np.inf),
            since_drop=np.int32(0),
            cooling=np.int32(0),
            watched=number(np.nan),
            change=number(0),
            swings=np.int32(0),
        )

    def after(self, watched: Float[Array, ""], knobs: Knobs) -> Plateau:
        """After one more epoch: the rate falls after too long without progress, or where the loss swings to and fro."""
        progress = watched < self.best * (1 - knobs.plateau_threshold)
        cooling = jnp.maximum(self.cooling - 1, 0)
        since = jnp.where(progress | (self.cooling > 0), 0, self.since_drop + 1)
        change = watched - self.watched  # NaN after the first epoch: no swing
        far = jnp.abs(change) > knobs.plateau_swing * jnp.abs(self.watched)
        swings = jnp.where((change * self.change < 0) & far & (self.cooling == 0), self.swings + 1, 0)
        drop = (since >= knobs.plateau_patience) | (swings >= knobs.plateau_patience)
        return Plateau(
            factor=jnp.where(drop, self.factor * knobs.plateau_factor, self.factor),
            best=jnp.where(progress, watched, self.best),
            since_drop=jnp.where(drop, 0, since),
            cooling=jnp.where(drop, knobs.plateau_cooldown, cooling),
            watched=watched,
            change=change,
            swings=jnp.where(drop, 0, swings),
        )
