"""Pictures as arrays: `read` gives those of an archive that NumPy has saved (.npz), `pictures_of` checks any array."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.families import archive
from honed.families.archive import Archive
from honed.families.image.inputs import BYTES
from honed.run import memory

if TYPE_CHECKING:
    from jaxtyping import Shaped

# Whatever is no archive of sequences is read here, so that the message says what these hold too.
_SHAPE = "(rows, height, width[, channels]), one of sequences X (rows, time, channels) of fractions,"
_CHANNELS = (1, 3, 4)  # of pictures whose first axis may be theirs


def read(path: str | Path, needs_target: bool = True) -> Archive:
    """The arrays `X`, `y` and, where they are there, `classes` and `groups`; see `honed.families.archive.read`."""
    return archive.read(path, pictures_of, "picture", _SHAPE, needs_target)


def pictures_of(X: np.ndarray, what: str = "X") -> Shaped[np.ndarray, "rows height width channels"]:
    """Pictures as uint8, or float32 where they have fractions, with an axis for channels.

    Parameters
    ----------
    X : (rows, height, width) or (rows, height, width, channels) of truths or numbers; whole numbers from 0 to 255, and
        truths, are bytes.

    Raises
    ------
    InputError
        Another shape, no pixels, or pixels that are no finite numbers.
    """
    if X.ndim not in (3, 4):
        raise InputError(
            f"{what} has the shape {X.shape}, but pictures are arrays (rows, height, width) or (rows, height, width, "
            "channels). Give such an array."
        )
    if not X.size:
        raise InputError(f"{what} has the shape {X.shape}, so there is no pixel in it. Give pictures.")
    if X.ndim == 4 and X.shape[1] in _CHANNELS and X.shape[-1] > max(_CHANNELS):
        raise InputError(
            f"{what} has the shape {X.shape}, which looks as if channels came first; they are the last axis here. Give "
            "np.moveaxis(X, 1, -1)."
        )
    X = X if X.ndim == 4 else X[..., None]
    if X.dtype.kind == "b":
        return X.astype(np.uint8) * np.uint8(BYTES)
    if X.dtype.kind not in "iuf":
        raise InputError(f"{what} is an array of type {X.dtype}, but pixels are numbers. Give numbers.")
    if X.dtype.kind in "iu" and (X.dtype == np.uint8 or (X.min() >= 0 and X.max() <= BYTES)):
        return X.astype(np.uint8, copy=False)
    memory.check(4 * X.size)
    found = X.astype(np.float32)
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found).reshape(len(found), -1).all(axis=1)))
        raise InputError(
            f"{what} holds a pixel that is no finite number, in picture {row + 1:,}. Correct it, or leave it out."
        )
    return found
