"""Pictures as networks take them: `Pictures`, and what is static about them, `ImageInputs`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import typed
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Num

BYTES = 255  # the largest pixel of a picture of whole numbers


class Pictures(NamedTuple):
    """Pictures of one size, uint8, or float32 where the data were floats.

    They stay as they were read: a network standardises pixels itself, so that they take one byte each until then.
    """

    pixels: Num[np.ndarray, "rows height width channels"]


@dataclass(frozen=True)
class ImageInputs:
    """The size of pictures, and how their pixels become numbers around 0.

    Attributes
    ----------
    mean, spread : of the pixels of each channel as they are given (from 0 to 255 where these are bytes); a network sees
        (pixel - mean) / spread.
    is_float : whether pixels are float32 and no bytes.
    span : least and largest pixel of the files of 16 bits, which became the bytes 0 and 255; None where none has such.
    """

    height: int
    width: int
    channels: int
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    is_float: bool = False
    span: tuple[int, ...] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of one picture."""
        return self.height, self.width, self.channels

    @property
    def of_16_bits(self) -> str:
        """How pixels of such files became bytes, as a sentence for who reads them without honed; "" for none."""
        if self.span is None:
            return ""
        black, white = self.span
        return (
            f"Of files of 16 bits pixels became bytes by (clip(pixel, {black}, {white}) - {black}) * {BYTES + 1} // "
            f"{white + 1 - black}."
        )

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_json(cls, value: JSON, place: str = "inputs") -> ImageInputs:
        """The inputs that `to_json` wrote; `Misfit` for anything else."""
        found = typed.take(cls, value, place)
        for name, size in zip(("height", "width", "channels"), found.shape, strict=True):
            typed.require(size >= 1, f"{place}.{name}", f"is {size}, but it must be 1 at least")
        for name in ("mean", "spread"):
            numbers = getattr(found, name)
            typed.finite(numbers, f"{place}.{name}")
            typed.require(len(numbers) == found.channels, f"{place}.{name}", f"holds {len(numbers)} numbers")
        typed.require(min(found.spread) > 0, f"{place}.spread", "has one that is not above 0")
        if found.span is not None:
            is_one = len(found.span) == 2 and 0 <= found.span[0] <= found.span[1] < 2**16
            typed.require(is_one, f"{place}.span", f"is {typed.shown(found.span)}, which 16 bits do not span")
        return found
