from __future__ import annotations

import numpy as np
import pytest

from honed.nets.patches import Padding, Window, patches


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "dilation", "padding", "outputs"),
    [
        (8, 3, 1, 1, "same", 8),
        (8, 3, 2, 1, "same", 4),
        (7, 3, 2, 1, "same", 4),
        (7, 2, 3, 1, "same", 3),
        (8, 3, 1, 1, "valid", 6),
        (8, 3, 2, 2, "valid", 2),
        (8, 3, 1, 3, "same", 8),
    ],
)
def test_outputs_are_counted_as_everywhere(
    side: int, kernel: int, stride: int, dilation: int, padding: Padding, outputs: int
) -> None:
    window = Window.of((side,), (kernel,), stride, dilation, padding)
    assert window.outputs((side,)) == (outputs,)


def test_patches_are_written_out() -> None:
    values = np.arange(1.0, 5).reshape(1, 4, 1)
    seen = patches(values, Window.of((4,), (3,)))
    assert seen.tolist() == [[[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 0]]]


def test_patches_have_the_channels_of_a_place_side_by_side() -> None:
    values = np.arange(18.0).reshape(1, 3, 3, 2)
    seen = patches(values, Window.of((3, 3), (2, 2), padding="valid"))
    assert seen.shape == (1, 2, 2, 8)
    assert seen[0, 0, 1].tolist() == [2, 3, 4, 5, 8, 9, 10, 11]


def test_the_turned_window_gives_back_the_places() -> None:
    for padding in ("same", "valid"):
        window = Window.of((9, 6), (3, 4), dilation=(2, 1), padding=padding)
        assert window.turned.outputs(window.outputs((9, 6))) == (9, 6)
