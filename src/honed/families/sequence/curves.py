"""A sequence as a small drawing inside a page: `address` gives its channels as curves over time."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Float32

_WIDTH, _HEIGHT, _EDGE = 160, 96, 3
_COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#718096")
_MOST_POINTS = 160  # of a curve; the first channels of more than there are colours


def address(
    values: Float32[np.ndarray, "time channels"],
    low: Float32[np.ndarray, " channels"],
    high: Float32[np.ndarray, " channels"],
) -> str:
    """The curves as SVG in a data address, with gaps where nothing was measured.

    Parameters
    ----------
    low, high : of each channel, the bottom and the top of the drawing.
    """
    places = np.unique(np.linspace(0, len(values) - 1, min(len(values), _MOST_POINTS)).round().astype(int))
    across = _EDGE + (_WIDTH - 2 * _EDGE) * places / max(len(values) - 1, 1)
    span = np.where(high > low, high - low, 1.0)
    up = _EDGE + (_HEIGHT - 2 * _EDGE) * (1 - np.clip((values[places] - low) / span, 0, 1))
    drawn = [
        f'<path d="{_path(across, up[:, channel])}" fill="none" stroke="{colour}" stroke-width="1"/>'
        for channel, colour in enumerate(_COLOURS[: values.shape[1]])
    ]
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(drawn)}</svg>'
    )
    return "data:image/svg+xml;base64," + base64.b64encode(text.encode()).decode()


def _path(across: np.ndarray, up: np.ndarray) -> str:
    """Lines through the points; a dot where one stands alone."""
    found, is_drawing = [], False
    for x, y in zip(across.tolist(), up.tolist(), strict=True):
        if np.isnan(y):
            is_drawing = False
            continue
        found.append(f"{'L' if is_drawing else 'M'}{x:.1f} {y:.1f}" + ("" if is_drawing else "h.1"))
        is_drawing = True
    return "".join(found)
