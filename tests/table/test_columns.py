"""Schemas of tables: which columns are inputs, what the user declared, targets and groups."""

import json
import warnings
from contextlib import nullcontext
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from honed.errors import InputError
from honed.table import kinds
from honed.table.cells import match, numbers
from honed.table.columns import (
    Schema,
    group_codes,
    group_values,
    infer,
    target_rows,
    target_values,
)
from honed.table.read import Table, from_frame

ROWS = 100


def table_of(**columns) -> Table:
    """A table of text cells, as from CSV, with a target ``y``."""
    rows = len(next(iter(columns.values())))
    columns = {"y": [f"{row % 9}.5" for row in range(rows)], **columns}
    frame = pl.DataFrame({name: pl.Series(cells, dtype=pl.String) for name, cells in columns.items()})
    return Table(frame, "t.csv", "")


def test_codes_of_a_plain_array_are_numbers():
    array = np.column_stack([np.arange(50) % 7, 10**18 + np.arange(50), np.arange(50)])
    assert infer(from_frame(array), "x2").columns[1].kind == "numeric"


def test_groups_of_large_whole_numbers_are_told_apart():
    table = table_of(a=["1", "2", "3"] * 10, g=[str(10**18 + row % 5) for row in range(30)])
    groups = group_values(table, infer(table, "y", group="g"), np.arange(30))
    assert groups is not None
    np.testing.assert_array_equal(groups - groups.min(), np.arange(30) % 5)


def test_durations_and_decimals_are_numbers():
    rows = range(40)
    frame = pl.DataFrame(
        {
            "y": [row / 2 for row in rows],
            "wait": [timedelta(minutes=row % 7) for row in rows],
            "price": [Decimal(row % 9) / 4 for row in rows],
            "once": [timedelta(minutes=row % 2) for row in rows],
            "when": [time(row % 24) for row in rows],
            "parts": [{"a": row} for row in rows],
        }
    )
    columns = {column.name: column for column in infer(from_frame(frame), "y").columns}
    assert [column.kind for column in columns.values()] == ["numeric", "numeric", "boolean", "date", "text"]
    assert columns["wait"].reason == "every cell is a number, 7 distinct from 0 to 360, in seconds"
    assert columns["once"].levels == ("0", "60")
    schema = infer(from_frame(frame), "wait")
    assert schema.target.task == "regression"
    assert schema.target.reason == "'wait' holds durations, so it is a quantity; it is told in seconds"
    values = target_values(from_frame(frame), schema, np.arange(3))
    np.testing.assert_array_equal(values, [0, 60, 120])
    for group in ("wait", "price", "when", "parts"):
        schema = infer(from_frame(frame), "y", group=group)
        groups = group_values(from_frame(frame), schema, np.arange(40))
        assert len(set(np.asarray(groups).tolist())) == frame[group].n_unique()


def test_clocks_that_are_durations_are_numbers_and_times_of_day_stay():
    def clocks(hours: int) -> list[str]:
        return [f"{row * 37 % hours}:{row % 60:02}:{row * 7 % 60:02}" for row in range(ROWS)]

    table = table_of(
        wait=clocks(99),
        stops=[*clocks(99)[:-1], "DNF"],
        opens=clocks(24),
        slip=[*clocks(24)[:-1], "25:10:00"],
        score=[f"{row * 37 % 34}:{row % 60:02}" for row in range(ROWS)],
    )
    with pytest.warns(UserWarning):
        found = infer(table, "y")
        declared = infer(table, "y", numeric=["opens"])
        target = infer(table, "opens").target
    assert [column.kind for column in found.columns] == ["numeric", "numeric", "date", "date", "identifier"]
    assert "durations, told in seconds, such as '0:00:00' as 0" in found.columns[0].reason
    assert declared.columns[2].kind == "numeric"
    assert (target.task, target.reading.unit) == ("regression", "seconds")
    later = found.read(table_of(wait=["1:02:03", "2 days, 0:00:01"]).frame)
    assert later["wait"].to_list() == [3_723, 172_801]


@pytest.mark.parametrize(
    ("labels", "count"),
    [
        ([{1}, {2}, {3}] * 4, 3),
        (["a", "a ", "b", "c"] * 3, 3),
        ([1, 1.0, np.int64(2), 3] * 3, 3),
        ([1, "1", 2] * 4, 3),
        (pl.Series([1, 2, 3] * 4, dtype=pl.Int128), 3),
        (pd.cut(pd.Series([1, 2, 3] * 4), 3), 3),
        (pd.Series(pd.period_range("2020", periods=12, freq="M")), 12),
        ([timedelta(row) for row in range(12)], 12),
    ],
)
def test_groups_are_told_apart_by_labels_of_any_type(labels, count):
    assert len(set(group_codes(labels, 12).tolist())) == count


def test_typed_column_without_a_cell_is_constant():
    frame = pl.DataFrame({"y": [0.5, 1.5] * 2, "x": [1, 3] * 2, "c": pl.Series([None] * 4, dtype=pl.Boolean)})
    assert infer(Table(frame, "t", ""), "y").columns[1].reason == "all 4 cells are empty"


def test_lone_counting_column_is_kept_as_numeric():
    schema = infer(table_of(c=[str(row) for row in range(ROWS)]), "y")
    assert schema.columns[0].kind == "numeric"
    assert "no other column is left" in schema.columns[0].reason


def test_array_columns_are_numeric_whatever_they_hold():
    array = np.column_stack([np.arange(50), np.arange(50) % 2, np.arange(50) % 7])
    columns = infer(from_frame(array.astype(float)), "x2").columns
    assert [column.kind for column in columns] == ["numeric", "numeric"]


def test_a_column_of_lists_is_no_column_of_numbers():
    frame = pl.DataFrame({"c": [[1, 2], [3]] * 10, "x": range(0, 40, 2), "y": [row / 3 for row in range(20)]})
    with pytest.raises(
        InputError, match=r"'c' was declared numeric, but its cells are of type List\(Int64\), which"
    ):
        infer(Table(frame, "t.parquet", ""), "y", numeric=["c"])
    with pytest.raises(InputError, match=r"'c', row 1: '\[1, 2\]' is not a number"):
        numbers(frame["c"])


def test_typed_columns_are_told_apart():
    frame = pl.DataFrame(
        {
            "y": [0.5, 1.5, 2.5, 0.5] * 10,
            "truth": [True, False, None, True] * 10,
            "category": pl.Series(["a", "b", "c", "a"] * 10, dtype=pl.Categorical),
            "day": pl.Series(["2020-01-01"] * 40).str.to_date(),
            "list": [[1, 2]] * 40,
            "number": [1.0, float("nan"), 2.0, 3.0] * 10,
        }
    )
    columns = {column.name: column for column in infer(from_frame(frame), "y").columns}
    kinds = {name: column.kind for name, column in columns.items()}
    assert kinds == {
        "truth": "boolean",
        "category": "categorical",
        "day": "constant",
        "list": "text",
        "number": "numeric",
    }
    assert columns["number"].missing == 10
    assert columns["truth"].levels == ("true", "false")


def test_infinite_cell_is_named_by_its_row_in_the_file():
    table = table_of(c=["1", "2", "3", "inf"] * 10)
    table = Table(table.frame.with_columns(y=pl.Series([None, *table.frame["y"][1:]])), "t.csv", "")
    with pytest.raises(InputError, match="Column 'c', row 4: 'inf' is infinite"):
        infer(table, "y")


def test_rows_without_target_are_counted_and_left_out():
    table = table_of(c=["1", "2", "3", "4"] * 10)
    table = Table(table.frame.with_columns(y=pl.Series([None, "", *table.frame["y"][2:]])), "t.csv", "")
    schema = infer(table, "y")
    assert (schema.rows, schema.dropped_rows) == (38, 2)
    np.testing.assert_array_equal(target_rows(table, schema), np.arange(2, 40))


def test_excluded_and_group_columns_are_no_inputs():
    table = table_of(a=["1", "2", "3"] * 10, b=["1", "2", "3"] * 10, g=["u", "v", None] * 10)
    schema = infer(table, "y", exclude=["b"], group="g")
    assert [(column.name, column.kind, column.used) for column in schema.columns] == [
        ("a", "numeric", True),
        ("b", "excluded", False),
    ]
    assert schema.group == "g"
    groups = group_values(table, schema, np.arange(6))
    assert groups is not None
    assert groups[0] == groups[3]
    assert groups[1] == groups[4]
    assert len(set(groups.tolist())) == 4, "each row with an empty group is alone"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"target": "Y1"}, "t.csv has no column 'Y1'"),
        ({"target": "prcie"}, "no column 'prcie'. Did you mean 'price'"),
        ({"target": "y", "exclude": ["pricee"]}, "Did you mean 'price'"),
        ({"target": "y", "exclude": ["y"]}, "both the target and excluded"),
        ({"target": "y", "group": "y"}, "both the target and the group"),
        ({"target": "y", "group": "two"}, "group column 'two' has 2 distinct values"),
        ({"target": "y", "exclude": ["price", "two", "same"]}, "Exclude fewer columns"),
        ({"target": "y", "exclude": ["price", "two"]}, "each is constant.*'same': 'k' in all 30 rows"),
    ],
)
def test_wrong_words_are_answered(words, message):
    table = table_of(price=["1", "2", "3"] * 10, two=["a", "b"] * 15, same=["k"] * 30)
    with pytest.raises(InputError, match=message):
        infer(table, **words)


def test_schema_survives_json():
    schema = infer(table_of(a=["1", "2", "3"] * 10, b=["x", "y", "z"] * 10), "y", exclude=["a"])
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


def test_the_training_table_is_read_as_any_other_table():
    table = table_of(
        whole=["1", "2", None] * 10,
        half=["1.50", "-0", "007.5"] * 10,
        spaced=[" 1", "2 ", "3"] * 10,
        priced=["$1", "$2", "$30"] * 10,
        wrong=["-99", "1", "5", "2.5", "3", "8"] * 5,
        word=["a", "b", "NA"] * 10,
    )
    schema = infer(table, "y", missing=["-99"])
    found = schema.read_training(table).frame
    assert found.equals(schema.read(table.frame))
    assert found.schema == schema.read(table.frame).schema


def test_new_class_in_another_table_is_named():
    schema = infer(table_of(c=["1", "2", "3"] * 10, t=["u", "v", "w"] * 10), "t")
    other = table_of(c=["1", "2"], t=["w", "x"])
    np.testing.assert_array_equal(target_values(other, schema, np.array([0])), [2])
    with pytest.raises(InputError, match="Column 't', row 2: 'x' is none of the 3 classes"):
        target_values(other, schema, np.array([0, 1]))


SHOPS = np.arange(240) * 7 % 12


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"shop": pd.Categorical(SHOPS)}),
        pd.DataFrame({"shop": pd.Categorical(SHOPS, ordered=True)}),
        pd.DataFrame({"shop": pd.cut(SHOPS, 12, labels=range(12))}),
        pd.DataFrame({"shop": pd.Categorical(SHOPS / 2)}),
        pd.DataFrame({"shop": pd.Categorical(SHOPS.astype(str))}),
        pl.DataFrame({"shop": pl.Series(SHOPS.astype(str), dtype=pl.Categorical)}),
        pl.DataFrame({"shop": pl.Series(SHOPS.astype(str), dtype=pl.Enum([str(i) for i in range(12)]))}),
        pa.table({"shop": pa.array(SHOPS).dictionary_encode()}),
        pa.table({"shop": pa.array(SHOPS.astype(str)).dictionary_encode()}),
    ],
    ids=[
        "pandas-int",
        "pandas-ordered",
        "pandas-cut",
        "pandas-float",
        "pandas-text",
        "polars-categorical",
        "enum",
        "arrow-int",
        "arrow-text",
    ],
)
def test_a_category_by_type_is_one_also_when_its_values_are_numbers(frame):
    table = from_frame(frame)
    table = Table(table.frame.with_columns(y=pl.Series(SHOPS * 0.3)), "DataFrame", "")
    column = infer(table, "y").columns[0]
    assert (column.kind, column.distinct, len(column.levels)) == ("categorical", 12, 12)
    assert column.reason == "a category by its type, 12 distinct values"
    cells = pl.Series("shop", SHOPS / 2 if "0.5" in column.levels else SHOPS)
    assert set(match(cells, column.levels)) == set(range(12)), "plain numbers are the same levels"


def test_a_target_that_is_a_category_by_type_has_classes():
    cells = pl.Series("y", (np.arange(300) % 30).astype(str), dtype=pl.Categorical)
    table = Table(pl.DataFrame({"y": cells, "x": np.arange(300) % 7}), "t.parquet", "")
    schema = infer(table, "y")
    assert (schema.target.task, len(schema.target.classes)) == ("multiclass", 30)
    assert "category by its type" in schema.target.reason
    assert infer(table, "y", task="regression").target.task == "regression"


def test_a_category_of_texts_that_all_differ_is_an_identifier():
    cells = pd.Categorical(np.arange(ROWS) * 3)
    table = from_frame(pd.DataFrame({"y": np.arange(ROWS) / 2, "c": cells, "x": np.arange(ROWS) % 3}))
    assert infer(table, "y").columns[0].kind == "identifier"


def test_declared_columns_are_what_the_user_says():
    table = table_of(
        shop=[str(row % 30) for row in range(ROWS)],
        two=["0", "1"] * 50,
        count=[str(row) for row in range(ROWS)],
        pair=["3", "5", None, "3"] * 25,
        other=[str(row % 9) for row in range(ROWS)],
        same=["4"] * ROWS,
        empty=[None] * ROWS,
    )
    schema = infer(table, "y", categorical=["shop", "two", "same"], numeric=["count", "pair", "empty"])
    assert {column.name: (column.kind, column.reason) for column in schema.columns} == {
        "shop": ("categorical", "declared categorical, 30 distinct values"),
        "two": ("categorical", "declared categorical, 2 distinct values"),
        "count": ("numeric", "declared numeric, 100 distinct from 0 to 99"),
        "pair": ("numeric", "declared numeric, 2 distinct from 3 to 5"),
        "other": ("numeric", "every cell is a number, 9 distinct from 0 to 8"),
        "same": ("constant", "'4' in all 100 rows"),
        "empty": ("constant", "all 100 cells are empty"),
    }


def said(kind: str, *names: str) -> dict[str, Any]:
    """The columns declared to be of that kind."""
    return {kind: names}


@pytest.mark.parametrize("kind", ["date", "numeric", "categorical"])
@pytest.mark.parametrize("dtype", [pl.String, pl.Null, pl.Float64, pl.Date])
def test_a_column_without_a_cell_is_constant_whatever_it_was_declared(kind, dtype):
    cells = pl.Series("x", [None] * ROWS, dtype=dtype)
    table = Table(table_of(a=["1", "2"] * 50).frame.with_columns(cells), "t.csv", "")
    column = infer(table, "y", **said(kind, "x")).columns[1]
    assert (column.kind, column.reason) == ("constant", "all 100 cells are empty")
    assert kinds.declared(cells.head(0), np.arange(0), kind).kind == "constant"


@pytest.mark.parametrize(
    ("kind", "cell"), [("date", "2024-01-31"), ("numeric", "5"), ("categorical", "red"), ("date", "20240131")]
)
def test_a_column_of_one_value_is_constant_whatever_it_was_declared(kind, cell):
    columns = infer(
        table_of(a=["1", "2"] * 50, x=[cell] * ROWS, lone=[cell, None] * 50), "y", **said(kind, "x", "lone")
    )
    assert [column.kind == "constant" for column in columns.columns] == [False, True, False]
    with (
        pytest.raises(InputError, match="'x', row 1: 'oak' is no") if kind != "categorical" else nullcontext()
    ):
        infer(table_of(a=["1", "2"] * 50, x=["oak"] * ROWS), "y", **said(kind, "x"))


def test_many_declared_levels_are_kept_as_far_as_one_byte_goes():
    table = table_of(shop=[str(row % 400) for row in range(4_000)])
    column = infer(table, "y", categorical=["shop"]).columns[0]
    assert len(column.levels) == 254
    assert "the 254 frequent ones kept" in column.reason


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"categorical": ["a"], "numeric": ["a"]}, "'a' was declared both categorical and numeric"),
        ({"categorical": ["y"]}, "'y' is the target.*multiclass"),
        ({"numeric": ["g"], "group": "g"}, "'g' is the group, which is no input"),
        ({"categorical": ["a"], "exclude": ["a"]}, "'a' is both excluded and declared categorical"),
        ({"numeric": ["priec"]}, "no column 'priec'. Did you mean 'price'"),
        ({"numeric": ["word"]}, "'word', row 2: 'oak' is not a number, and the column was declared numeric"),
        ({"categorical": ["price"]}, "'price' was declared categorical, but none of its 100 values"),
    ],
)
def test_declarations_that_cannot_be_are_answered(words, message):
    table = table_of(
        a=["1", "2"] * 50,
        g=[str(row % 5) for row in range(ROWS)],
        word=["1", "oak"] * 50,
        price=[f"{row}.5" for row in range(ROWS)],
    )
    with pytest.raises(InputError, match=message):
        infer(table, "y", **words)


@pytest.mark.parametrize(
    "labels",
    [
        ["a", "b", "c", "a", "b", "c"],
        [1, 2, 3, 1, 2, 3],
        [1.5, 2.5, 3.5, 1.5, 2.5, 3.5],
        np.array(["a", "b", "c"] * 2),
        pl.Series(["a", "b", "c"] * 2, dtype=pl.Categorical),
        pd.Series([7, 8, 9] * 2, index=range(10, 16)),
        pd.Categorical(["a", "b", "c"] * 2),
        pd.Series(pd.cut([1, 2, 3] * 2, 3)),
        pd.DataFrame({"g": ["a", "b", "c"] * 2}),
        ["a", 1, (2,), "a", 1, (2,)],
    ],
    ids=lambda labels: type(labels).__name__,
)
def test_group_labels_may_be_of_any_type(labels):
    assert group_codes(labels, 6).tolist() == [*group_codes(labels, 6)[:3]] * 2
    assert sorted(group_codes(labels, 6)[:3]) == [0, 1, 2]


@pytest.mark.parametrize(
    "labels",
    [
        ["a", None, "b", "a", None, ""],
        [1.0, np.nan, 2.0, 1.0, None, np.nan],
        pd.Series([1, None, 2, 1, None, None], dtype="Int64"),
        pd.Series(pd.to_datetime(["2020-01-01", None, "2021-01-01", "2020-01-01", None, None])),
    ],
    ids=["texts", "numbers", "pandas", "dates"],
)
def test_rows_without_a_group_label_are_alone(labels):
    codes = group_codes(labels, 6)
    assert codes[0] == codes[3]
    assert len(set(codes.tolist())) == 5


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0] * 60, "groups has 1 distinct label. Groups are kept whole.*at least 3"),
        ([0, 1] * 30, "groups has 2 distinct labels"),
        (range(80), "groups has 80 labels, but the table has 60 rows"),
        (np.arange(50), "groups has 50 labels, but the table has 60 rows"),
        (np.ones((60, 2)), r"groups has the shape \(60, 2\)"),
        ("abc", "groups has the shape"),
    ],
)
def test_groups_that_cannot_be_kept_whole_are_refused(labels, message):
    with pytest.raises(InputError, match=message):
        group_codes(labels, 60)


def test_a_name_that_was_made_for_want_of_a_header_says_nothing_of_a_column():
    ages = [str(20 + row * 37 % 61) for row in range(ROWS)]
    headless = pl.DataFrame({"column_1": ages, "column_2": [f"{row % 9}.5" for row in range(ROWS)]})
    table = Table(headless, "t.csv", "", is_typed=False)
    assert table.is_headless
    assert infer(table, "column_2").columns[0].kind == "numeric"
    index = Table(headless.rename({"column_2": "y"}), "t.csv", "", is_typed=False)
    assert not index.is_headless
    beside = index.frame.with_columns(pl.Series("x", [f"{row % 7}.5" for row in range(ROWS)]))
    assert infer(Table(beside, "t.csv", "", is_typed=False), "y").columns[0].kind == "identifier"


SEVERAL = pl.DataFrame(
    {
        "x": [row * 0.5 for row in range(40)],
        "size": [None if row < 4 else row * 0.25 for row in range(40)],
        "kind": ["rare" if row < 4 else "oak" if row % 2 else "elm" for row in range(40)],
        "count": [None if row == 39 else row % 3 for row in range(40)],
    }
)


def test_each_of_several_targets_is_understood_from_the_rows_that_have_all() -> None:
    table = from_frame(SEVERAL)
    schema = infer(table, "size", further=("kind", "count"))
    assert [target.task for target in schema.targets] == ["regression", "binary", "multiclass"]
    assert schema.further[0].classes == ("elm", "oak")  # the rare one has no size
    assert [column.name for column in schema.columns] == ["x"]
    assert (schema.rows, schema.dropped_rows) == (35, 5)
    rows = target_rows(table, schema)
    np.testing.assert_array_equal(rows, np.arange(4, 39))
    of_each = [target_values(table, schema, rows, head=head) for head in range(3)]
    np.testing.assert_array_equal(of_each[0], rows * 0.25)
    np.testing.assert_array_equal(of_each[1], rows % 2)
    np.testing.assert_array_equal(of_each[2], rows % 3)
    alone = infer(table, "count")
    assert alone.target == infer(table, "count", exclude=["size", "kind"]).target


def test_several_targets_survive_json_and_their_cells_are_read_as_in_training() -> None:
    frame = SEVERAL.with_columns(pl.Series("size", [f"{row}.5 kg" for row in range(40)]))
    schema = infer(from_frame(frame), "kind", further=("size",), task=None)
    assert schema.further[0].reading.unit == "kg"
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema
    assert schema.read(frame)["size"].to_list() == [row + 0.5 for row in range(40)]


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (("size", "size"), "Column 'size' is named as a target twice"),
        (("size", "kinds"), "no column 'kinds'. Did you mean 'kind'"),
        (("early", "late"), "no row has a value in each of the targets 'early', 'late'"),
        (("late", "kind"), "the target 'kind' is 'rare' in all 4 rows"),
    ],
)
def test_several_targets_that_cannot_be_are_refused(targets: tuple[str, str], message: str) -> None:
    halves = {
        name: [row * 0.5 if (row < 4) == (name == "late") else None for row in range(40)]
        for name in ("early", "late")
    }
    table = from_frame(SEVERAL.with_columns(**{name: pl.Series(cells) for name, cells in halves.items()}))
    with pytest.raises(InputError, match=message):
        infer(table, targets[0], further=targets[1:])


def test_a_lone_column_of_codes_is_kept_as_levels() -> None:
    for low in (0, 10_000):  # with leading zeros, and without
        numbers = np.random.default_rng(0).permutation(80_000)[:59] + low
        codes = [f"{code:05d}" for code in numbers]
        frame = pl.DataFrame({"zip_code": [*codes, codes[0]], "y": [f"{row}.5" for row in range(60)]})
        (column,) = infer(Table(frame, "t.csv", "", is_typed=False), "y").columns
        assert (column.kind, column.levels) == ("categorical", (codes[0],))
        assert column.reason.endswith(
            "known by hash and frequency; kept, because no other column is left"
        ) or (column.reason.endswith("taken together as rare; kept, because no other column is left"))
        beside = frame.with_columns(x=pl.Series([row / 7 for row in range(60)]))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            found = infer(Table(beside, "t.csv", "", is_typed=False), "y").columns[0]
        assert found.kind == "identifier"
        by_name = "row has one of its own, so it was left out. If it is a quantity, say --numeric zip_code."
        assert [by_name in str(one.message) for one in told] == [True] * (low > 0)
    alone = pl.DataFrame({"zip": codes, "y": frame["y"][:59]})
    assert infer(Table(alone, "t.csv", "", is_typed=False), "y").columns[0].kind == "numeric"


WORDS = ["good", "bad", "nice", "awful", "poor", "ugly", "fine", "great", "hat", "dog", "cat"]


def short_texts(words: int, rows: int = 100) -> Table:
    rng = np.random.default_rng(0)
    cells = [" ".join(rng.choice(WORDS, words)) for _ in range(rows)]
    return from_frame(pl.DataFrame({"t": cells, "y": ["ab"[row % 2] for row in range(rows)]}))


def test_short_texts_that_are_all_there_is_are_inputs_by_their_words() -> None:
    (column,) = infer(short_texts(4), "y").columns
    assert column.kind == "words" and sorted(column.levels) == sorted(WORDS)
    assert column.reason.endswith("; kept, because no other column is left")


def test_short_texts_beside_an_input_stay_left_out_and_name_how_to_use_them() -> None:
    table = short_texts(4)
    frame = table.frame.with_columns(x=pl.Series(np.arange(100) * 0.25))
    texts, number = infer(replace(table, frame=frame), "y").columns
    assert (texts.kind, number.kind) == ("identifier", "numeric")
    assert texts.reason.endswith("declare it a text (--text, texts=) if its words tell something")


def test_names_that_have_nothing_in_common_are_no_texts_and_all_declarations_are_named() -> None:
    frame = pl.DataFrame({"t": [f"K-{row}" for row in range(60)], "y": [row % 2 for row in range(60)]})
    with pytest.raises(
        InputError, match=r"--categorical, --numeric, --date, --list, --text; in Python"
    ) as refused:
        infer(from_frame(frame), "y")
    assert "declare it a text" not in str(refused.value)
