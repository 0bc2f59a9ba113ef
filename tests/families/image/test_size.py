"""The size that pictures are brought to."""

from __future__ import annotations

import numpy as np
import pytest

from honed.errors import InputError
from honed.families.image import size
from honed.families.image.size import Size, asked_size, chosen


def sides(*pairs: tuple[int, int]) -> np.ndarray:
    return np.array(pairs)


def test_pictures_of_one_size_that_is_small_stay_as_they_are() -> None:
    assert chosen(sides((28, 28), (28, 28)), 1, None) == (Size(28, 28), "")


def test_of_several_sizes_the_median_is_taken_and_said() -> None:
    found, said = chosen(sides((20, 40), (30, 50), (100, 60)), 3, None)
    assert found == (30, 50)
    assert said.startswith("Pictures of 3 sizes, 30 × 50 in the median, were brought to 30 × 50 pixels")


def test_large_ones_keep_their_shape_within_128_pixels() -> None:
    assert chosen(sides((480, 640)), 3, None)[0] == (96, 128)
    assert chosen(sides((480, 640)), 3, Size(240, 320))[0] == (240, 320)


def test_a_size_is_pixels_or_height_and_width() -> None:
    assert asked_size("64") == (64, 64) and asked_size("48x64") == (48, 64) and asked_size(32) == (32, 32)
    for word in ("small", "0", "2000", "64x", "1x64"):
        with pytest.raises(InputError, match="The size of pictures is"):
            asked_size(word)


def test_pictures_of_a_pixel_are_refused() -> None:
    with pytest.raises(InputError, match="The pictures are of 1 × 1 pixels"):
        chosen(sides((1, 1), (1, 1)), 1, None)


def test_what_does_not_fit_into_memory_is_refused_with_a_size_that_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(size.memory, "available", lambda: 10_000_000)
    with pytest.raises(
        InputError, match=r"1,000 pictures of 96 × 128 pixels take 110.6 MB .* --size, such as (\d+)x(\d+)"
    ) as error:
        chosen(np.tile((96, 128), (1000, 1)), 3, None)
    smaller = asked_size(str(error.value).split("such as ")[1].split(",")[0])
    assert chosen(np.tile((96, 128), (1000, 1)), 3, smaller)[0] == smaller
