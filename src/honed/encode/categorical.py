"""Cells to small whole numbers: one for missing, one for rare or unseen, one for each level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.lazily import pl
from honed.table.cells import match

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int, Int32

MISSING, RARE, FIRST_LEVEL = 0, 1, 2
MOST_ONEHOT = 12  # up to so many codes are one-hot inputs, more are an embedding


def size(levels: tuple[str, ...]) -> int:
    """Codes that a column of these levels needs."""
    return FIRST_LEVEL + len(levels)


def codes(column: pl.Series, levels: tuple[str, ...]) -> Int32[np.ndarray, " rows"]:
    """Code of each cell: 0 missing, 1 no level, 2 and up the levels in order."""
    places = match(column, levels)
    shifted = places + np.int32(FIRST_LEVEL)
    shifted[places == -1] = MISSING
    shifted[places == -2] = RARE
    return shifted


def seen(codes: Int[np.ndarray, " rows"], levels: tuple[str, ...]) -> tuple[bool, ...]:
    """For each level whether its code occurs."""
    counts = np.bincount(codes, minlength=size(levels))
    return tuple((counts[FIRST_LEVEL:] > 0).tolist())


def unseen_to_rare(codes: Int[np.ndarray, " rows"], seen: tuple[bool, ...]) -> Int[np.ndarray, " rows"]:
    """Give the code for rare cells to levels that training rows did not hold."""
    if all(seen):
        return codes
    table = np.arange(FIRST_LEVEL + len(seen), dtype=np.int32)
    table[FIRST_LEVEL:][~np.array(seen, dtype=bool)] = RARE
    return table[codes]


def ranks(column: pl.Series, order: tuple[str, ...]) -> Float64[np.ndarray, " rows"]:
    """Place of each cell in the order, from 0; NaN for a missing cell and for a word that has none."""
    places = match(column, order)
    return np.where(places < 0, np.nan, places)


def signs(places: Int[np.ndarray, " rows"], low_high: tuple[str, ...]) -> Float32[np.ndarray, " rows"]:
    """What positions that `match` gave say: -1 and 1 for the lower and higher level, 1 for a lone one, else 0."""
    values = np.zeros(len(places), dtype=np.float32)
    values[places == len(low_high) - 1] = 1.0
    if len(low_high) == 2:
        values[places == 0] = -1.0
    return values
