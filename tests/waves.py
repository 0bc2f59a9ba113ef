"""Short sequences that several tests want: waves that are slow or quick, with noise, of unequal length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

CLASSES = ("slow", "quick")


def waves(count: int, time: int = 24, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sequences float32 (count, time, 2), their lengths from half of `time` on, and the class of each.

    The first channel is the wave, and the second noise; behind the end there is rubbish.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(count) % 2
    X = rng.normal(0, 0.3, (count, time, 2)).astype(np.float32)
    speed = np.where(y == 1, 1.6, 0.4) * rng.uniform(0.9, 1.1, count)
    X[..., 0] += np.sin(speed[:, None] * np.arange(time) + rng.uniform(0, 6, count)[:, None])
    lengths = rng.integers(time // 2, time + 1, count)
    lengths[0] = time
    return X, lengths, y


def listed(count: int, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """The same as a list of arrays (time, 2), and the class of each."""
    X, lengths, y = waves(count, seed=seed)
    return [values[:length] for values, length in zip(X, lengths, strict=True)], y


def archive(path: Path, count: int = 60, seed: int = 0) -> Path:
    """An archive of them."""
    X, lengths, y = waves(count, seed=seed)
    np.savez(path, X=X, y=y, lengths=lengths, classes=CLASSES)
    return path


def table(count: int = 60, seed: int = 0) -> pl.DataFrame:
    """A long table of them, its rows in no order, with words that change and words that do not."""
    X, lengths, y = waves(count, seed=seed)
    rows = np.repeat(np.arange(count), lengths)
    step = np.concatenate([np.arange(length) for length in lengths])
    frame = pl.DataFrame(
        {
            "who": [f"p{row:03}" for row in rows],
            "second": step * 0.5,
            "height": X[rows, step, 0],
            "noise": X[rows, step, 1],
            "light": np.where(step % 3 == 0, "on", "off"),
            "site": np.where(rows % 3 == 0, "north", "south"),
            "age": 20 + rows % 40,
            "speed": np.array(CLASSES)[y[rows]],
        }
    )
    return frame.sample(fraction=1.0, shuffle=True, seed=seed)
