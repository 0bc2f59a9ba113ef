"""Pictures as text that a browser shows."""

from __future__ import annotations

import base64
import io

import numpy as np
from drawn_pictures import drawn
from PIL import Image

from honed.families.image.thumbnails import address, filters


def opened(text: str) -> np.ndarray:
    head, _, data = text.partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_grey_and_coloured_pictures_come_back() -> None:
    picture = drawn(1)[0][0][..., None]
    np.testing.assert_array_equal(opened(address(picture)), picture[..., 0])
    colours = np.concatenate([picture, 255 - picture, picture // 2], axis=-1)
    np.testing.assert_array_equal(opened(address(colours)), colours)
    shares = (picture / 255).astype(np.float32)
    assert np.abs(opened(address(shares, 0, 1)).astype(int) - picture[..., 0]).max() <= 1


def test_filters_have_zero_in_the_middle() -> None:
    weight = np.zeros((3, 3, 1, 2), np.float32)
    weight[0, 0, 0, 1], weight[2, 2, 0, 1] = -2, 2
    blank, edge = map(opened, filters(weight))
    assert (blank == 127).all() and edge[0, 0] == 0 and edge[2, 2] == 255 and edge[1, 1] == 127
    assert len(filters(np.zeros((3, 3, 8, 100), np.float32))) == 64
