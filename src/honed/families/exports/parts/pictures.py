"""From pictures to what networks get of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pixels:
    """Pictures of one size, whose pixels a network sees around 0.

    Attributes
    ----------
    shape : height, width and channels.
    mean, spread : of the pixels of each channel.
    """

    shape: tuple[int, int, int]
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    def encode(self, pixels: np.ndarray) -> tuple[np.ndarray]:
        """Pixels (rows, height, width, channels) as float32 (rows, channels, height, width)."""
        if pixels.shape[1:] != self.shape:
            raise ValueError(f"The pictures have the shape {pixels.shape[1:]}, and must have {self.shape}")
        mean, spread = np.array(self.mean, np.float32), np.array(self.spread, np.float32)
        return (np.ascontiguousarray(np.moveaxis((pixels.astype(np.float32) - mean) * (1 / spread), -1, 1)),)
