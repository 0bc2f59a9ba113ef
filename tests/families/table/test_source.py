"""The rows of a table that have a target, by position; the checks of files are in `tests/search/test_prepare.py`."""

from __future__ import annotations

import numpy as np
import polars as pl

from honed.families.table.source import TableSource
from honed.search.options import Options
from honed.table.read import from_frame

FRAME = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "y": [0.5, None, 1.5, 2.5, 3.5, 4.5]})


def test_positions_are_of_rows_with_a_target() -> None:
    source = TableSource.of(from_frame(FRAME), Options("memory", "y"))
    np.testing.assert_array_equal(source.places, [0, 2, 3, 4, 5])
    np.testing.assert_array_equal(source.y, [0.5, 1.5, 2.5, 3.5, 4.5])
    assert source.take(np.array([1, 0]))["x"].to_list() == [3.0, 1.0]
    assert source.take(np.arange(5))["x"].to_list() == [1.0, 3.0, 4.0, 5.0, 6.0]


def test_all_rows_in_another_order_come_in_that_order() -> None:
    source = TableSource.of(from_frame(FRAME.drop_nulls()), Options("memory", "y"))
    assert source.take(np.arange(5)).equals(source.table.frame)
    assert source.take(np.arange(5)[::-1])["x"].to_list() == [6.0, 5.0, 4.0, 3.0, 1.0]
