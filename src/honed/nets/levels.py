"""Columns of many levels, see `honed.encode.hashed`: how their embedding starts, and what training hides of them.

A level that no training row holds has the code for rare cells and no frequency. Cells that training shows so, though
their level is known, teach the network what to say of it.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from honed.encode.categorical import MISSING, RARE
from honed.encode.encoder import Encoded, Inputs
from honed.encode.hashed import FREQUENCY
from honed.family import Array, Dropout

if TYPE_CHECKING:
    from jaxtyping import Float, Float64, Int

PLACE = 1_000  # where dropout is asked which cells to hide: beyond all layers
HIDDEN = 0.05  # share of the cells that training hides
SAY = 0.3  # of a rare level of many rows: what is its own is learned so many times as slowly
_DOUBT = 1.0  # rows of a rare level at which half of that is believed


def started(table: Float64[np.ndarray, "codes values"], buckets: int) -> Float64[np.ndarray, "codes values"]:
    """The table with 0 for the codes that rare levels share: these say something once their rows have taught it."""
    table[len(table) - buckets :] = 0
    return table


def values(
    table: Float[Array, "codes values"],
    codes: Int[Array, " rows"],
    frequency: Float[Array, " rows"],
    buckets: int,
    xp: ModuleType,
) -> Float[Array, "rows values"]:
    """Values of each row: of a frequent level its own; of a rare one those for rare cells, and a part of its own added.

    The part is proportional to n / (n + 1) with n training rows: few rows teach little of a level (as in the shrinkage
    of level means, Micci-Barreca 2001).
    """
    own, rows = table[codes], xp.expm1(frequency / FREQUENCY)
    part = (SAY * rows / (rows + _DOUBT))[:, None]
    is_rare = (codes >= len(table) - buckets)[:, None]
    return xp.where(is_rare, table[RARE] + part * own, own)


def hidden(inputs: Inputs, rows: Encoded, xp: ModuleType, dropout: Dropout) -> Encoded:
    """The rows as training shows them: some cells of these columns as if no row held their level."""
    numeric, codes = rows
    count = len(inputs.buckets)
    own, frequency = codes[:, -count:], numeric[:, -count:]
    is_kept = (dropout(PLACE, xp.ones_like(frequency)) > 0) | (own == MISSING)
    own, frequency = xp.where(is_kept, own, RARE), xp.where(is_kept, frequency, 0)
    return Encoded(
        xp.concatenate([numeric[:, :-count], frequency], axis=1),
        xp.concatenate([codes[:, :-count], own], axis=1),
    )
