"""Plain numbers are found in all columns at once, and nothing else is taken for them."""

import numpy as np
import polars as pl
import pytest

from honed.table import glance


@pytest.mark.parametrize(
    "cells",
    [
        ["1", "NA"],
        ["1", " 2"],
        ["1", "  "],
        ["1", "007"],
        ["1", "9007199254740993"],
        ["1", "NaN"],
        ["1", "inf"],
        ["1", "1,5"],
        ["a", "b"],
    ],
)
def test_a_column_with_another_cell_is_not_plain(cells: list[str]) -> None:
    assert glance.values(pl.DataFrame({"x": cells, "y": ["1", "2"]})).columns == ["y"]


def test_numbers_are_told_with_their_ends_and_how_many_differ() -> None:
    frame = pl.DataFrame(
        {"x": ["0.5", None, "-3", "1e3", "0.50"], "empty": [None] * 5}, {"x": pl.String, "empty": pl.String}
    )
    found = glance.plain(glance.values(frame))
    assert found["x"].values.to_list() == [0.5, None, -3.0, 1000.0, 0.5]
    assert found["x"][1:] == (1, 3, -3.0, 1000.0)
    assert found["empty"][1:] == (5, 0, None, None)


def test_typed_columns_count_too_and_nan_is_empty() -> None:
    frame = pl.DataFrame(
        {"x": [1.5, np.nan, None], "n": [1, 2, 3], "big": [2**60, 1, 2], "day": ["2020-01-01"] * 3}
    )
    found = glance.values(frame)
    assert found.to_dict(as_series=False) == {"x": [1.5, None, None], "n": [1.0, 2.0, 3.0]}


def test_a_table_without_numbers_has_none() -> None:
    assert glance.values(pl.DataFrame({"x": ["a"]})).width == 0
    assert glance.plain(glance.values(pl.DataFrame())) == {}
    assert glance.whole(pl.DataFrame()).width == 0


def test_whole_numbers_become_integers() -> None:
    found = glance.whole(pl.DataFrame({"a": [1.0, None, 0.0], "b": [1.5, 2.0, 0.0], "c": [1.0, -0.0, 2.0]}))
    assert found.dtypes == [pl.Int64, pl.Float64, pl.Float64]
