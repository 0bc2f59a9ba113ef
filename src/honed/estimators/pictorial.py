"""Arrays of pictures in, predictions out: `Pictorial`, what the estimators for pictures have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, column_or_1d

from honed.errors import InputError
from honed.estimators.answers import plain_target
from honed.estimators.fitted import Fitted, target_name
from honed.families.image.archive import pictures_of
from honed.figures import counted
from honed.table.columns import Schema
from honed.table.native import ColumnLike, TableLike

if TYPE_CHECKING:
    from jaxtyping import Real, Shaped


class Pictorial(Fitted):
    """Pictures in arrays (rows, height, width) or (rows, height, width, channels); `model_` is set by `fit`."""

    image_shape_: tuple[int, int, int]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags

    def _read(
        self, X: TableLike, y: ColumnLike
    ) -> tuple[Shaped[np.ndarray, "rows height width channels"], Schema, Real[np.ndarray, " rows"]]:
        """The pictures, what is predicted of them, and the target's values or class numbers."""
        self._require_target(y)
        y = plain_target(y)
        self._check_target(y)
        pixels, name = _pictures(X), target_name(y)
        y = column_or_1d(y, warn=True)
        if len(y) != len(pixels):
            raise InputError(
                f"X has {counted(len(pixels), 'picture')} and y has {len(y):,}; each picture needs one target."
            )
        if len(pixels) < 2:
            raise InputError(
                "X has one picture, and at least 2 are needed to learn from some and check on others."
            )
        values = self._targets(y)
        self.image_shape_ = (pixels.shape[1], pixels.shape[2], pixels.shape[3])
        return (
            pixels,
            Schema((), self._target(name, f"{type(self).__name__} was asked for it"), len(y), 0),
            values,
        )

    def _frame(self, X: TableLike) -> Shaped[np.ndarray, "rows height width channels"]:
        """Pictures to predict, with a word on those without content."""
        check_is_fitted(self)
        pixels = self.model_.frame_of(X)
        self.model_.warn_of_odd(pixels)
        return pixels  # pyright: ignore[reportReturnType]


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
    return pictures_of(array)
