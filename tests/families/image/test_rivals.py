"""Pictures for linear models and boosting."""

from __future__ import annotations

import numpy as np
from drawn_pictures import drawn

from honed.families.image.inputs import ImageInputs, Pictures
from honed.families.image.rivals import rivals


def test_a_linear_model_gets_standardised_pixels_and_boosting_what_sums_them_up() -> None:
    pixels = drawn(5)[0][..., None]
    found = rivals(Pictures(pixels), ImageInputs(12, 10, 1, (40.0,), (50.0,)))
    np.testing.assert_allclose(found.numbers, ((pixels - 40.0) / 50).reshape(5, -1), rtol=1e-5)
    assert found.of_boosting is not None and found.of_boosting.shape == (5, 3 * 16)
    field = (pixels[0, :3, :2, 0] - 40.0) / 50  # of 4 × 4 fields over 12 × 10 pixels
    np.testing.assert_allclose(found.of_boosting[0, [0, 16]], [field.mean(), field.std()], rtol=1e-4)


def test_many_pixels_are_averaged_in_windows() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (3, 64, 48, 3)).astype(np.uint8)
    found = rivals(Pictures(pixels), ImageInputs(64, 48, 3, (0.0,) * 3, (1.0,) * 3))
    wanted = pixels[:, :4, :4].astype(float).mean(axis=(1, 2))
    np.testing.assert_allclose(found.numbers.reshape(3, 16, 12, 3)[:, 0, 0], wanted, rtol=1e-5)
    assert found.of_boosting is not None and found.of_boosting.shape[1] <= 64


def test_pictures_of_any_shape_have_numbers() -> None:
    for shape in ((4, 4, 1), (5, 128, 3), (7, 4, 12)):
        pixels = np.zeros((2, *shape), np.uint8)
        channels = shape[-1]
        found = rivals(Pictures(pixels), ImageInputs(*shape, (0.0,) * channels, (1.0,) * channels))
        assert np.isfinite(found.numbers).all() and found.of_boosting is not None
