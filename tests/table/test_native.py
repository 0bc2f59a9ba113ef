"""Data frames and arrays as frames of Polars."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from honed.errors import InputError
from honed.table.read import from_frame


@pytest.mark.parametrize(
    "make",
    [
        lambda cells: pd.DataFrame(cells),
        lambda cells: pl.DataFrame(cells),
        lambda cells: pa.table(cells),
    ],
    ids=["pandas", "polars", "arrow"],
)
def test_every_kind_of_data_frame_gives_the_same_cells(make):
    cells = {"n": [1.5, 2.5, None], "t": ["x", None, "NA"], "b": [True, False, True]}
    table = from_frame(make(cells))
    assert table.frame.to_dict(as_series=False) == cells
    assert table.source == "DataFrame"
    assert not table.plain_array


def test_pandas_specialities_are_read():
    frame = pd.DataFrame(
        {
            "category": pd.Categorical(["a", None, "b"]),
            "number_category": pd.Categorical([3, 1, 3]),
            "nullable": pd.array([1, None, 3], dtype="Int64"),
            "mixed": pd.Series([1, "x", None], dtype=object),
            "truth": pd.Series([True, None, False], dtype=object),
            7: [1, 2, 3],
        }
    )
    table = from_frame(frame)
    assert table.frame.columns == ["category", "number_category", "nullable", "mixed", "truth", "7"]
    assert table.frame["nullable"].to_list() == [1, None, 3]
    assert table.frame["mixed"].to_list() == ["1", "x", None]
    assert table.frame["truth"].to_list() == [True, None, False]
    assert table.frame["category"].cast(pl.String).to_list() == ["a", None, "b"]
    assert table.frame["number_category"].cast(pl.String).to_list() == ["3", "1", "3"]


@pytest.mark.parametrize("names", ["nibtd", "ni", "n", "tb", "ti"])
def test_a_row_alone_has_the_cells_that_it_has_among_many(names):
    columns = {
        "n": [1.5, None, -2.0] * 8,
        "i": [2**53 + 1, -3, 0] * 8,
        "b": [True, False, True] * 8,
        "t": ["x", None, ""] * 8,
        "d": pd.to_datetime(["2024-02-29 12:30", None, "1969-12-31 00:00"] * 8),
    }
    frame = pd.DataFrame({name: columns[name] for name in names})
    many = from_frame(frame).frame
    for row in range(3):
        alone = from_frame(frame[row : row + 1]).frame
        assert alone.schema == many.schema
        assert alone.equals(many[row : row + 1])


def test_repeated_names_in_a_data_frame_are_refused():
    with pytest.raises(InputError, match=r"(?i)'?a'?"):
        from_frame(pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]))


def test_array_columns_are_numbered():
    table = from_frame(np.array([[1.0, 2.0], [3.0, np.nan]], dtype=np.float32))
    assert table.frame.columns == ["x0", "x1"]
    assert table.plain_array
    assert table.frame["x0"].to_list() == [1.0, 3.0]


@pytest.mark.parametrize("dtype", [bool, np.int8, np.float16, np.float64, object, np.longdouble])
def test_array_of_any_number_type_is_read(dtype):
    table = from_frame(np.array([[0, 1], [1, 0]]).astype(dtype))
    assert table.frame["x1"].cast(pl.Float64).to_list() == [1.0, 0.0]


def test_array_of_text_is_read():
    assert from_frame(np.array([["a", "1"], ["b", "2"]])).frame["x0"].to_list() == ["a", "b"]


def test_array_of_one_dimension_is_refused():
    with pytest.raises(InputError, match=r"1 dimension, shape \(3,\).*reshape"):
        from_frame(np.zeros(3))


def test_decimals_of_256_bits_are_numbers():
    column = pa.array([1, 2, None], pa.decimal256(50, 2))
    assert from_frame(pa.table({"d": column})).frame["d"].to_list() == ["1.00", "2.00", None]


def test_large_whole_numbers_among_objects_are_kept_apart():
    column = pd.Series([10**18 + 1, 10**18 + 2, None, 10**25], dtype=object)
    frame = from_frame(pd.DataFrame({"a": column})).frame
    assert frame["a"].to_list() == [str(10**18 + 1), str(10**18 + 2), None, str(10**25)]


def test_lists_among_objects_are_lists():
    cells = [["b", "a"], None, ("c",), {"z", "y"}, np.array(["d"]), []]
    numbers = [[1, 2.5], np.array([3]), None, np.array([]), (), [None]]
    frame = from_frame(pd.DataFrame({"words": cells, "numbers": numbers})).frame
    assert frame["words"].to_list() == [["b", "a"], None, ["c"], ["y", "z"], ["d"], []]
    assert frame["numbers"].to_list() == [[1.0, 2.5], [3.0], None, [], [], [None]]
    assert frame.dtypes == [pl.List(pl.String), pl.List(pl.Float64)]
    mixed = from_frame(pd.DataFrame({"a": [["b"], "b"], "b": [[{"c": 1}], [["d"]]]})).frame
    assert mixed.to_dict(as_series=False) == {"a": ["['b']", "b"], "b": ["[{'c': 1}]", "[['d']]"]}
