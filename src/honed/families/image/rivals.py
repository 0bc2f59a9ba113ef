"""Pictures for the models that a network is compared with: few enough pixels, and what sums pictures up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from honed.families.image.inputs import ImageInputs, Pictures
from honed.family import Rivals

if TYPE_CHECKING:
    from jaxtyping import Float32

_MOST_PIXELS = 1_024  # numbers of a picture that a linear model takes
_MOST_SUMMARIES = 64
_GRIDS = (4, 3, 2, 1)  # fields on a side, whose pixels are summed up
_BLOCK = 1_024  # pictures in one go


def rivals(rows: Pictures, inputs: ImageInputs) -> Rivals:
    """Standardised pixels, averaged in windows where they are many; and for boosting what sums pictures up."""
    codes = np.zeros((len(rows.pixels), 0), np.int32)
    return Rivals(_blockwise(_pixels, rows, inputs), codes, of_boosting=_blockwise(_summaries, rows, inputs))


def _blockwise(
    work: Callable[[np.ndarray], np.ndarray], rows: Pictures, inputs: ImageInputs
) -> Float32[np.ndarray, "rows numbers"]:
    mean, spread = (np.asarray(part, np.float32) for part in (inputs.mean, inputs.spread))
    found = []
    for first in range(0, max(len(rows.pixels), 1), _BLOCK):
        block = (rows.pixels[first : first + _BLOCK].astype(np.float32) - mean) / spread
        found.append(work(block))
    return np.concatenate(found)


def _pixels(block: Float32[np.ndarray, "rows height width channels"]) -> Float32[np.ndarray, "rows numbers"]:
    count, height, width, channels = block.shape
    side = 1
    while -(-height // side) * -(-width // side) * channels > _MOST_PIXELS:
        side += 1
    return _averaged(block, -(-height // side), -(-width // side)).reshape(count, -1)


def _summaries(
    block: Float32[np.ndarray, "rows height width channels"],
) -> Float32[np.ndarray, "rows numbers"]:
    """Mean, spread and strength of edges in each field of a grid."""
    count, height, width, channels = block.shape
    grid = next(g for g in _GRIDS if 3 * g * g * channels <= _MOST_SUMMARIES or g == 1)
    down, along = min(grid, height), min(grid, width)
    mean = _averaged(block, down, along)
    spread = np.sqrt(np.maximum(_averaged(block**2, down, along) - mean**2, 0))
    edges = np.zeros_like(block)
    edges[:, 1:] += np.abs(np.diff(block, axis=1))
    edges[:, :, 1:] += np.abs(np.diff(block, axis=2))
    parts = (mean, spread, _averaged(edges, down, along))
    return np.concatenate([part.reshape(count, -1) for part in parts], axis=1)


def _averaged(
    block: Float32[np.ndarray, "rows height width channels"], down: int, along: int
) -> Float32[np.ndarray, "rows down along channels"]:
    """Means of the fields of a grid of so many."""
    for axis, fields in ((1, down), (2, along)):
        size = block.shape[axis]
        if fields == size:
            continue
        starts = (np.arange(fields) * size) // fields
        widths = np.diff([*starts, size]).astype(np.float32)
        shape = [1] * block.ndim
        shape[axis] = fields
        block = np.add.reduceat(block, starts, axis=axis) / widths.reshape(shape)
    return block
