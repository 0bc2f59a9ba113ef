"""What is given to predict, as a frame with the training table's names."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.model.asked import frame_of, was_array
from honed.table.columns import infer
from honed.table.read import from_frame

NAMED = infer(
    from_frame(pl.DataFrame({"a": [1.0, 2.0, 3.5], "b": [4.0, 5.5, 6.0], "y": [1.0, 2.0, 3.0]})), "y"
)
ARRAY = infer(from_frame(pl.DataFrame({"x0": [1.0, 2.0, 3.5], "y": [1.0, 2.0, 3.0]})), "y")


def test_an_array_goes_by_position_and_a_table_by_name() -> None:
    assert not was_array(NAMED) and was_array(ARRAY)
    assert frame_of(NAMED, np.ones((2, 2))).columns == ["a", "b"]
    assert frame_of(NAMED, pl.DataFrame({"b": [1.0], "a": [2.0]})).columns == ["b", "a"]
    assert frame_of(ARRAY, pl.DataFrame({"other": [1.0]})).columns == ["x0"]


def test_an_array_of_another_width_is_refused() -> None:
    with pytest.raises(InputError, match="trained with 2: 'a', 'b'"):
        frame_of(NAMED, np.ones((2, 3)))
