from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from honed.families.image.augment import augmented
from honed.families.image.inputs import ImageInputs

INPUTS = ImageInputs(10, 8, 1, (7.0,), (1.0,))
PIXELS = np.random.default_rng(0).integers(0, 256, (200, 10, 8, 1)).astype(np.uint8)


def changed(kinds: tuple[str, ...], size: float = 0.2, pixels: Any = PIXELS, seed: int = 0) -> Any:
    def uniform(place: int, shape: tuple[int, ...]) -> Any:
        return jnp.asarray(np.random.default_rng((seed, place)).random(shape), jnp.float32)

    found = augmented(jnp.asarray(pixels), INPUTS, kinds, size, uniform)
    assert found.dtype == pixels.dtype and found.shape == pixels.shape
    return np.asarray(found)


def test_a_flip_mirrors_about_half_of_the_pictures() -> None:
    found = changed(("flip",))
    is_same = (found == PIXELS).all(axis=(1, 2, 3))
    is_turned = (found == PIXELS[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (is_same | is_turned).all() and 70 < is_turned.sum() < 130


def test_a_shift_moves_and_mirrors_what_comes_in() -> None:
    found = changed(("shift",))
    padded = np.pad(PIXELS, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")
    seen = set()
    for before, after in zip(padded, found, strict=True):
        where = [(i, j) for i in range(5) for j in range(5) if (before[i : i + 10, j : j + 8] == after).all()]
        assert len(where) == 1
        seen.add(where[0])
    assert len(seen) == 25


def test_cutout_hides_one_square_by_the_mean() -> None:
    found = changed(("cutout",), pixels=np.full_like(PIXELS, 200))
    for picture in found[..., 0]:
        rows, columns = np.nonzero(picture == 7)
        assert 1 <= len(set(rows)) <= 5 and 1 <= len(set(columns)) <= 5
        assert len(rows) == len(set(rows)) * len(set(columns))
        assert set(np.unique(picture)) == {7, 200}


def test_a_crop_enlarges_a_part_of_a_slope() -> None:
    slope = np.broadcast_to(np.arange(8.0, dtype=np.float32)[:, None] * 10, (50, 10, 8, 1))
    found = changed(("crop",), pixels=np.ascontiguousarray(slope))
    steps = np.diff(found[:, 0, :, 0], axis=1)
    assert np.allclose(steps, steps[:, :1], atol=1e-3)  # still straight
    assert (steps[:, 0] >= 6 - 1e-3).all() and (steps[:, 0] <= 10 + 1e-3).all() and np.ptp(steps[:, 0]) > 2
    assert found.min() >= 0 and found.max() <= 70


@pytest.mark.parametrize("kinds", [("flip", "shift", "crop", "cutout")])
def test_all_together_differ_by_seed(kinds: tuple[str, ...]) -> None:
    assert (changed(kinds, seed=1) != changed(kinds, seed=2)).any()


def test_pictures_of_one_pixel_stay() -> None:
    one = np.full((3, 1, 1, 1), 9, np.uint8)
    assert (changed(("flip", "shift", "crop"), pixels=one) == one).all()
