"""Pictures as networks take them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_pictures import drawn

from honed.errors import InputError
from honed.families.image.encoder import ImageEncoder, raw
from honed.families.image.inputs import ImageInputs
from honed.typed import Misfit

BYTES = ImageEncoder(ImageInputs(12, 10, 1, (40.0,), (50.0,)))
FLOATS = ImageEncoder(ImageInputs(12, 10, 1, (0.1,), (0.2,), True))
PICTURES = drawn(4)[0]


def test_pixels_stay_as_they_are() -> None:
    found = BYTES.encode(PICTURES).pixels
    assert found.shape == (4, 12, 10, 1) and found.base is PICTURES
    whole = PICTURES.astype(float)[..., None]
    np.testing.assert_array_equal(BYTES.encode(whole).pixels, whole)
    assert FLOATS.encode(whole).pixels.dtype == np.float32


def test_other_shapes_and_shares_of_white_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"shape \(10, 12, 1\), and the network was trained with \(12, 10, 1\)"
    ):
        BYTES.encode(PICTURES.transpose(0, 2, 1))
    with pytest.raises(InputError, match=r"numbers from 0 to 1, .* X \* 255"):
        BYTES.encode(np.linspace(0, 1, 120).reshape(1, 12, 10, 1))


def test_what_a_user_gives_is_an_array_of_pictures() -> None:
    assert raw([PICTURES[0], PICTURES[1]]).shape == (2, 12, 10, 1)
    with pytest.raises(InputError, match="no array of pictures of one size"):
        raw([PICTURES[0], PICTURES[1][:5]])
    with pytest.raises(InputError, match=r"X has the shape \(12, 10\)"):
        raw(PICTURES[0])


def test_it_comes_back_from_its_document() -> None:
    of_table = replace(BYTES, column="file")
    for encoder in (FLOATS, of_table):
        assert ImageEncoder.from_json(encoder.to_json(), "encoders[0]") == encoder
    with pytest.raises(Misfit, match=r"encoders\[0\]\.column"):
        ImageEncoder.from_json({**of_table.to_json(), "column": 3}, "encoders[0]")
    with pytest.raises(Misfit, match=r"encoders\[0\]"):
        ImageEncoder.from_json({}, "encoders[0]")
    with pytest.raises(Misfit, match="spread"):
        ImageEncoder.from_json({"inputs": {**FLOATS.inputs.to_json(), "spread": [0.0]}}, "encoders[0]")
