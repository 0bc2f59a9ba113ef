"""A case comes from a prepared table, and hands out its cells as numbers."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from honed.diagnosis.data.case import DataCase, sample
from honed.table import columns, split
from honed.table.read import Table


def test_a_case_follows_the_rows_with_a_target():
    y = [None if row % 10 == 3 else row / 7 for row in range(100)]
    table = Table(
        pl.DataFrame({"y": y, "a": np.arange(100) % 9, "w": ["u", "v", "u", None] * 25}), "t.csv", ""
    )
    schema = columns.infer(table, "y")
    rows = columns.target_rows(table, schema)
    target = columns.target_values(table, schema, rows)
    case = DataCase.of(table, schema, rows, target, split.split(target, "regression"))
    a, w = case.used
    assert case.frame.height == len(case.y) == 90
    assert case.places_of(np.array([2, 3])) == [3, 5]
    np.testing.assert_array_equal(case.values(a, np.array([3])), [4.0])
    np.testing.assert_array_equal(case.values(w, np.array([0, 1, 6])), [0.0, 1.0, np.nan])
    assert not set(case.train) & set(case.valid) and not set(case.outer) & set(case.train)


def test_values_of_a_date_are_days():
    days = [datetime(1970, 1, 1) + timedelta(hours=12 * row) if row % 5 else None for row in range(60)]
    table = Table(pl.DataFrame({"when": days, "y": np.arange(60) / 7}), "t.csv", "")
    schema = columns.infer(table, "y")
    rows = columns.target_rows(table, schema)
    case = DataCase.of(table, schema, rows, np.arange(60) / 7, split.split(np.arange(60) / 7, "regression"))
    np.testing.assert_array_equal(case.values(case.used[0], np.array([0, 1, 4])), [np.nan, 0.5, 2.0])


def test_a_sample_is_the_same_each_time_and_differs_by_name():
    rows = np.arange(100, 1100)
    first = sample(rows, 50, "one")
    assert len(np.unique(first)) == 50 and set(first) <= set(rows)
    np.testing.assert_array_equal(first, sample(rows, 50, "one"))
    assert not np.array_equal(first, sample(rows, 50, "two"))
    np.testing.assert_array_equal(sample(rows, 2000, "one"), rows)


def test_values_of_a_list_are_how_many_items_it_has():
    lists = pl.Series([["a", "b"], [], None] * 20, dtype=pl.List(pl.String))
    table = Table(pl.DataFrame({"tags": lists, "y": np.arange(60) / 7}), "t.csv", "")
    schema = columns.infer(table, "y", lists=["tags"])
    rows = columns.target_rows(table, schema)
    case = DataCase.of(table, schema, rows, np.arange(60) / 7, split.split(np.arange(60) / 7, "regression"))
    np.testing.assert_array_equal(case.values(case.used[0], np.array([0, 1, 2])), [2.0, 0.0, np.nan])


def test_values_of_a_text_are_how_many_words_it_has():
    words = [f"word{row % 9} and word{row % 7} more" if row % 5 else None for row in range(60)]
    table = Table(pl.DataFrame({"note": words, "y": np.arange(60) / 7}), "t.csv", "")
    schema = columns.infer(table, "y", texts=["note"])
    rows = columns.target_rows(table, schema)
    case = DataCase.of(table, schema, rows, np.arange(60) / 7, split.split(np.arange(60) / 7, "regression"))
    np.testing.assert_array_equal(case.values(case.used[0], np.array([0, 1])), [np.nan, 4.0])
