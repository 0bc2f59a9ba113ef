"""From sequences to what networks get of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Channels:
    """Sequences, padded behind, each channel of which a network sees around 0.

    Attributes
    ----------
    mean, spread : of each channel, then of each number beside a sequence.
    channels : how many there are.
    has_gaps : whether a network also sees which values were measured.
    gaps_beside : numbers beside a sequence of which it sees whether they are missing.
    """

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    channels: int
    has_gaps: bool = False
    gaps_beside: tuple[int, ...] = ()

    def encode(
        self, values: np.ndarray, lengths: np.ndarray, beside: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values (rows, time, inputs) float32, lengths int64, and what is beside (rows, numbers) float32."""
        mean, spread = np.array(self.mean, np.float32), np.array(self.spread, np.float32)
        count = self.channels
        within = (np.arange(values.shape[1]) < lengths[:, None])[:, :, None]
        present = ~np.isnan(values) & within
        scaled = np.where(present, (values - mean[:count]) / spread[:count], np.float32(0))
        if self.has_gaps:
            scaled = np.concatenate([scaled, present.astype(np.float32)], axis=-1)
        known = ~np.isnan(beside)
        numbers = np.where(known, (beside - mean[count:]) / spread[count:], np.float32(0))
        gaps = ~known[:, list(self.gaps_beside)]
        joined = np.concatenate([numbers, gaps], axis=1).astype(np.float32)
        return scaled.astype(np.float32), lengths.astype(np.int64), joined
