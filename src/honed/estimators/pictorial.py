"""Arrays of pictures in, predictions out: `Pictorial`, what the estimators for pictures have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.estimators.of_arrays import OfArrays
from honed.families.image.archive import pictures_of
from honed.families.image.encoder import ImageEncoder
from honed.families.image.size import Size, check_least
from honed.families.image.source import inputs_of
from honed.table.native import TableLike

if TYPE_CHECKING:
    from jaxtyping import Int, Shaped


class Pictorial(OfArrays):
    """Pictures in arrays (rows, height, width) or (rows, height, width, channels); `model_` is set by `fit`."""

    _noun = "picture"
    image_shape_: tuple[int, int, int]

    def _rows(self, X: TableLike) -> Shaped[np.ndarray, "rows height width channels"]:
        return _pictures(X)

    def _keep(self, rows: Shaped[np.ndarray, "rows height width channels"]) -> None:
        self.image_shape_ = (rows.shape[1], rows.shape[2], rows.shape[3])

    def _encoder(
        self, rows: Shaped[np.ndarray, "rows height width channels"], train: Int[np.ndarray, " train"]
    ) -> ImageEncoder:
        return ImageEncoder(inputs_of(rows, train))


def _pictures(X: TableLike) -> Shaped[np.ndarray, "rows height width channels"]:
    if hasattr(X, "columns") or hasattr(X, "column_names"):
        raise InputError(
            f"X is a table ({type(X).__name__}), and pictures are arrays (rows, height, width[, channels]). Give "
            "such an array; a table of pixels is reshaped: X.to_numpy().reshape(-1, height, width)."
        )
    try:
        array = np.asarray(X)
    except ValueError as error:
        raise InputError(
            f"X is no array of pictures of one size ({error}). Give an array (rows, height, width[, channels])."
        ) from None
    if array.ndim == 2:
        raise InputError(
            f"X has the shape {array.shape}, as of a table. Pictures are arrays (rows, height, width[, channels]): "
            "X.reshape(-1, height, width), say."
        )
    pictures = pictures_of(array)
    check_least(Size(*pictures.shape[1:3]))
    return pictures
