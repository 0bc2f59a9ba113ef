"""Sequences as drawings."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET

import numpy as np

from honed.families.sequence.curves import address


def drawn(values: np.ndarray) -> list[str]:
    low, high = np.zeros(values.shape[1], np.float32), np.ones(values.shape[1], np.float32)
    text = address(values.astype(np.float32), low, high)
    assert text.startswith("data:image/svg+xml;base64,")
    root = ET.fromstring(base64.b64decode(text.split(",")[1]))
    return [path.attrib["d"] for path in root.iter("{http://www.w3.org/2000/svg}path")]


def test_each_channel_is_a_curve_from_left_to_right() -> None:
    rising, falling = drawn(np.stack([np.linspace(0, 1, 5), np.linspace(1, 0, 5)], axis=1))
    assert rising.startswith("M3.0 93.0") and rising.endswith("L157.0 3.0")
    assert falling.startswith("M3.0 3.0") and falling.count("L") == 4


def test_gaps_break_a_curve_and_long_ones_are_thinned() -> None:
    values = np.full((9, 1), 0.5)
    values[4] = np.nan
    assert drawn(values)[0].count("M") == 2
    assert drawn(np.full((5_000, 1), 0.5))[0].count("L") == 159
    assert len(drawn(np.full((3, 40), 0.5))) == 6 and len(drawn(np.ones((1, 1)))) == 1
