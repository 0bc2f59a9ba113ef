"""Pictures inside a page: `address` gives one as text that a browser shows, `filters` those of a first layer."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float, Num, UInt8

_MOST_FILTERS = 64
_COLOURS = 3


def address(picture: Num[np.ndarray, "height width channels"], low: float = 0.0, high: float = 255.0) -> str:
    """A picture as a PNG in a data address.

    Parameters
    ----------
    low, high : what is black and what is white. Other channels than three are shown as their mean, in grey.
    """
    values = picture.astype(np.float64)
    if values.shape[-1] != _COLOURS:
        values = values.mean(axis=-1, keepdims=True)
    shares = (values - low) / ((high - low) or 1.0)
    return (
        "data:image/png;base64,"
        + base64.b64encode(_png((np.clip(shares, 0, 1) * 255).astype(np.uint8))).decode()
    )


def filters(weight: Float[np.ndarray, "height width channels filters"]) -> list[str]:
    """The first filters, each in its own range with zero in the middle of it."""
    found = []
    for number in range(min(weight.shape[-1], _MOST_FILTERS)):
        most = float(np.abs(weight[..., number]).max()) or 1.0
        found.append(address(weight[..., number], -most, most))
    return found


def _png(pixels: UInt8[np.ndarray, "height width channels"]) -> bytes:
    """A PNG file of grey or coloured pixels (https://www.w3.org/TR/png): head, packed lines, end."""
    height, width, channels = pixels.shape
    kind = 2 if channels == _COLOURS else 0
    lines = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], axis=1)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
