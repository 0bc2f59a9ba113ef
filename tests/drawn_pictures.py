"""Small pictures that several tests want: bars that lie and bars that stand, with noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("lying", "standing")


def drawn(count: int, height: int = 12, width: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pictures uint8 (count, height, width) with one bright bar each, and the class of each: 0 lies, 1 stands."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(0, 60, (count, height, width)).astype(np.uint8)
    y = np.arange(count) % 2
    for picture, stands in zip(pictures, y, strict=True):
        if stands:
            picture[:, rng.integers(1, width - 1)] = 200
        else:
            picture[rng.integers(1, height - 1)] = 200
    return pictures, y


def photos(folder: Path, count: int = 40, end: str = "png", **shape: int) -> Path:
    """A folder with one subfolder a class, each with half of so many pictures."""
    pictures, y = drawn(count, **shape)
    for number, (picture, code) in enumerate(zip(pictures, y, strict=True)):
        path = folder / CLASSES[code] / f"{number:03}.{end}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    return folder


def of_12_bits(folder: Path) -> Path:
    """The same pictures as a camera of 12 bits writes them: each pixel 16 times as much."""
    for path in folder.rglob("*.png"):
        Image.fromarray(np.asarray(Image.open(path)).astype(np.uint16) * 16).save(path)
    return folder
