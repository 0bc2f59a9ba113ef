"""Pixels for PyTorch are those that a network of honed sees, channels first."""

from __future__ import annotations

import numpy as np
import pytest

from honed.families.exports.parts.pictures import Pixels

PIXELS = np.random.default_rng(1).integers(0, 256, (3, 4, 5, 2)).astype(np.uint8)


def test_pixels_are_standardised_and_channels_come_first() -> None:
    (found,) = Pixels((4, 5, 2), (100.0, 20.0), (50.0, 4.0)).encode(PIXELS)
    assert found.dtype == np.float32 and found.shape == (3, 2, 4, 5)
    np.testing.assert_allclose(found[:, 1], (PIXELS[..., 1] - 20.0) / 4.0, rtol=1e-6)


def test_pictures_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(5, 4, 2\), and must have \(4, 5, 2\)"):
        Pixels((4, 5, 2), (0.0, 0.0), (1.0, 1.0)).encode(PIXELS.swapaxes(1, 2))
