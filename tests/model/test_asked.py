"""What is given to predict, as a frame with the training table's names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from honed.errors import InputError
from honed.model.asked import frame_of, was_array
from honed.table.columns import infer
from honed.table.read import from_frame, read

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


def test_an_index_of_dates_is_the_column_that_a_parquet_file_has_of_it(tmp_path: Path) -> None:
    days = pd.date_range("2021-01-01", periods=40, freq="D")
    frame = pd.DataFrame({"x": np.arange(40.0), "y": np.arange(40) % 7 + 0.5}, index=days)
    frame.to_parquet(tmp_path / "t.parquet")
    schema = infer(read(tmp_path / "t.parquet"), "y")
    assert [column.kind for column in schema.columns if column.name == "__index_level_0__"] == ["date"]
    found = frame_of(schema, frame)
    assert (
        found["__index_level_0__"].to_list()
        == schema.read(read(tmp_path / "t.parquet").frame)["__index_level_0__"].to_list()
    )
