"""Units that are silenced alike in all rows, one of the many networks that dropout trains: `thinned`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from honed import seeds
from honed.family import Dropout

if TYPE_CHECKING:
    from jaxtyping import Float


def thinned(rates: Mapping[int, float], seed: int) -> Dropout:
    """Dropout for prediction with NumPy.

    Parameters
    ----------
    rates : by place; as in training, each value of a row there is a unit of its own. seed : tells which are silenced.
    """

    def drop(place: int, values: Float[np.ndarray, "rows ..."]) -> Float[np.ndarray, "rows ..."]:
        rate = rates.get(place, 0.0)
        if not rate:
            return values
        kept = seeds.generator(seed, "thin", place).random(values.shape[1:]) >= rate
        return values * (kept / (1 - rate)).astype(np.float32)

    return drop
