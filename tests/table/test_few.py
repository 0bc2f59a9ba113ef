"""Cells of a few rows mean what they mean among many."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from honed.table import calendar, cells, few, native

TEXTS = ["red", "Red", " red", "green", "", None, "1", "1.0", "01", "yes", "True", "nan", "9007199254740993"]
COLUMNS = (
    pl.Series(TEXTS, dtype=pl.String),
    pl.Series(["red", "green", None, "1"]).cast(pl.Categorical),
    pl.Series([1.0, 2.0, 0.0, -0.0, None, float("nan"), 1.5, 2.0**53, 2.0**60]),
    pl.Series([1, 0, None, 2**53 + 1, -5]),
    pl.Series([True, False, None]),
    pl.Series([1, 0], dtype=pl.Duration("us")),
    pl.Series([[1], [2]]),
)
LEVELS = (
    ("red", "green"), ("0", "1"), ("1", "2", "1.5"), ("yes", "no"), ("1.0", "1"), ("Red", "red", "RED"), (" red ", "1"),
    ("9007199254740993", "9007199254740992"), ("true", "false"),
)  # fmt: skip


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.dtype))
def test_a_cell_alone_is_the_level_that_it_is_among_many(column: pl.Series, levels: tuple[str, ...]) -> None:
    for _ in range(2):  # the second time by what was remembered
        for place in range(len(column)):
            alone = column[place : place + 1]
            expected = cells._match(alone, levels)
            found = cells.match(alone, levels)
            assert (found.dtype, found.tolist()) == (expected.dtype, expected.tolist()), column[place]
    many = pl.concat([column] * few.MOST)
    np.testing.assert_array_equal(cells.match(many, levels)[: len(column)], cells._match(column, levels))


def test_parts_of_moments_are_the_same_to_the_last_bit() -> None:
    ticks = np.random.default_rng(0).integers(-(10**15), 2 * 10**15, 300)
    moments = pl.Series(ticks).cast(pl.Datetime("us")).set(pl.Series(np.arange(300) % 9 == 0), None)
    parts: tuple[calendar.Part, ...] = ("elapsed", "year", "month", "day", "weekday", "hour", "minute")
    for part in parts:
        expected = calendar.numbers(moments, part, 77)
        found = [calendar.numbers(moments[row : row + 1], part, 77) for row in range(300)]
        np.testing.assert_array_equal(np.concatenate(found), expected, err_msg=part)


def test_a_few_rows_of_pandas_are_those_of_many() -> None:
    frame = pd.DataFrame(
        {
            "a": [1.5, np.nan, 3.0],
            "b": [1, 2, 3],
            "c": ["x ", None, "NaN"],
            "d": [True, False, True],
            "e": pd.to_datetime(["2024-01-31 10:20", None, "1960-01-01 00:00:00.000001"], format="ISO8601"),
            7: [0.0, -0.0, 1e300],
        }
    )
    quick = native.from_native(frame)
    many = native.from_native(pd.concat([frame] * few.MOST))[:3]
    assert quick.columns == many.columns == ["a", "b", "c", "d", "e", "7"]
    assert quick.fill_nan(None).rows() == many.fill_nan(None).rows()
    assert [kind.base_type() for kind in quick.dtypes] == [kind.base_type() for kind in many.dtypes]
    odd = pd.DataFrame(
        {"a": pd.Categorical(["x", "y"]), "b": pd.array([1, None], "Int64"), "c": [{"k": 1}, 2]}
    )
    assert native._of_few(odd) is None and native.from_native(odd).height == 2
