"""Pictures as networks take them: `ImageEncoder`, which keeps pixels as they are and knows their size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.families.image.archive import pictures_of
from honed.families.image.inputs import BYTES, ImageInputs, Pictures
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Shaped


@dataclass(frozen=True)
class ImageEncoder:
    """Pictures of one size, their pixels as they are; see `honed.family.Encoder`.

    A network standardises them itself, by `inputs`.

    Attributes
    ----------
    column : of a table of pictures, the one of their paths; None where training had no table.
    """

    inputs: ImageInputs
    column: str | None = None

    def encode(self, rows: Shaped[np.ndarray, "rows height width channels"], /) -> Pictures:
        """The pictures of an array; `InputError` for another shape, or fractions where training had bytes."""
        wanted = self.inputs.shape
        if rows.ndim == 3 and wanted[-1] == 1:
            rows = rows[..., None]
        if rows.shape[1:] != wanted:
            raise InputError(
                f"The pictures have the shape {rows.shape[1:]}, and the network was trained with {wanted}: height, "
                "width and channels. Give pictures of that shape; files of any size are brought to it."
            )
        if self.inputs.is_float:
            return Pictures(rows.astype(np.float32, copy=False))
        if rows.dtype == np.uint8:
            return Pictures(rows)
        least, most = (float(rows.min()), float(rows.max())) if rows.size else (0.0, 0.0)
        is_whole = rows.dtype.kind in "iu" or bool((rows == np.floor(rows)).all())
        if not is_whole or least < 0 or most > BYTES:
            raise InputError(
                f"The pixels are numbers from {least:.4g} to {most:.4g}, and the network was trained with whole ones "
                f"from 0 to {BYTES}. Give such pixels: of shares of white, X * {BYTES} rounded."
            )
        return Pictures(rows.astype(np.uint8))

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        found: dict[str, JSON] = {"inputs": self.inputs.to_json()}
        return found if self.column is None else {**found, "column": self.column}

    @classmethod
    def from_json(cls, value: JSON, place: str) -> ImageEncoder:
        """The encoder that `to_json` wrote; `Misfit` for anything else."""
        found = typed.take(dict[str, JSON], value, place)
        typed.require("inputs" in found, place, "has no inputs")
        column = found.get("column")
        column = None if column is None else typed.take(str, column, f"{place}.column")
        return cls(ImageInputs.from_json(found["inputs"], f"{place}.inputs"), column)


def raw(rows: object) -> Shaped[np.ndarray, "rows height width channels"]:
    """What a user gives to predict, as an encoder takes it: arrays of three or four axes, or lists of such."""
    try:
        array = np.asarray(rows)
    except ValueError as error:
        raise InputError(
            f"X is no array of pictures of one size ({error}). Give an array (rows, height, width[, channels])."
        ) from None
    return pictures_of(array)
