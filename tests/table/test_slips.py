"""The few cells that are no numbers, or no dates, among many that are; and words that mean something."""

import warnings
from datetime import datetime

import numpy as np
import polars as pl
import pytest
from messy_tables import moments

from honed.table import reading, slips
from honed.table.columns import infer
from honed.table.read import Table

NUMBERS = [f"{value:.2f}" for value in np.random.default_rng(0).uniform(10, 2000, 200)]
DAYS = [f"{moment:%Y-%m-%d}" for moment in moments(200)]
COMPACT = [day.replace("-", "") for day in DAYS]
AMERICAN = [f"{moment:%m/%d/%Y}" for moment in moments(200)]


def with_cells(cells: list[str], *odd: str) -> list[str]:
    """The column with those cells at some places, far from each other."""
    return [
        odd[row // 13] if row % 13 == 7 and row // 13 < len(odd) else cell for row, cell in enumerate(cells)
    ]


@pytest.mark.parametrize(
    ("cells", "odd", "form"),
    [
        (NUMBERS, ["TBA"], "plain"),
        (NUMBERS, ["TBA", "soon", "1O5"], "plain"),
        ([f"{cell} kg" for cell in NUMBERS], ["heavy"], "quantity"),
        ([f"{cell} kg" for cell in NUMBERS], ["12 lb"], "quantity"),
        ([f"${cell}" for cell in NUMBERS], ["call", "NA"], "quantity"),
        ([f"{row % 5 + 1}h {row % 60}m" for row in range(200)], ["n.s."], "quantity"),
        ([f"{row % 9 + 1}1-{row % 9 + 1}9" for row in range(200)], ["old"], "quantity"),
        (DAYS, ["2021-02-30"], "time"),
        (DAYS, ["2021-02-30", "2020-13-01", "soon"], "time"),
        (AMERICAN, ["02/30/2021"], "time"),
        (COMPACT, ["TBA"], "time"),
        (COMPACT, ["20210230"], "time"),
        (COMPACT, ["20210230", "NA"], "time"),
        (COMPACT, ["99999999", "20201301", "0"], "time"),
        ([cell[2:] for cell in COMPACT], ["210230"], "time"),
    ],
)
def test_a_few_odd_cells_are_empty_and_the_others_are_read(cells, odd, form):
    column = pl.Series("x", with_cells(cells, *odd))
    found = reading.find(column)
    assert (found.form, set(found.missing), found.emptied) == (form, set(odd), len(odd))
    once = reading.values(column, found, form == "quantity")
    assert once.null_count() == len(odd) and once[7] is None
    assert reading.values(once, found, form == "quantity").equals(once)
    plain = pl.Series("x", cells)
    assert once.drop_nulls()[0] == reading.values(plain, reading.find(plain), form == "quantity")[0]


@pytest.mark.parametrize(
    "cells",
    [
        with_cells(NUMBERS, *["many"] * 10),  # of which so many may mean something
        with_cells([str(row) for row in range(200)], "V57", "E88", "V12", "A9"),  # codes
        with_cells([f"{row:05d}" for row in range(200)], "K1A"),
        with_cells(NUMBERS[:19], "TBA"),  # too few to say
        [str(20_000_000 + 977 * row) for row in range(200)],
        with_cells(COMPACT, *["20210230"] * 6),  # too many
        ["13/01/2018", "01/13/2018", "02/02/2018"] * 70,
        with_cells(["red", "blue"] * 100, "7"),
        NUMBERS,
    ],
)
def test_other_columns_have_no_slips(cells):
    assert reading.find(pl.Series("x", cells)) == reading.PLAIN


def table(x: list[str], y: list[str] = NUMBERS) -> Table:
    return Table(pl.DataFrame({"x": x, "y": y}), "t.csv", "")


def test_slips_are_a_warning_and_what_is_said_overrules_them():
    levels = with_cells(["1", "2", "3", "4"] * 50, "x", "x")
    with pytest.warns(match=r"'x': 2 cells of 200, such as 'x', are no number.* say --categorical x"):
        assert infer(table(levels), "y").columns[0].kind == "numeric"
    assert infer(table(levels), "y", categorical=["x"]).columns[0].kind == "categorical"
    document = {"columns": [{"name": "x", "missing": []}]}
    assert infer(table(levels), "y", schema=document).columns[0].kind == "categorical"
    assert infer(table(levels), "y", missing=["x"]).columns[0].kind == "numeric"


def test_impossible_days_among_numbers_of_any_type_are_named():
    typed = pl.Series("x", [int(cell) for cell in with_cells(COMPACT, "20210230")])
    with pytest.warns(match=r"'x': 1 cell of 200, such as '20210230', is no date, as nearly all others are"):
        schema = infer(Table(pl.DataFrame({"x": typed, "y": NUMBERS}), "t.parquet", ""), "y")
    assert (schema.columns[0].kind, schema.columns[0].missing) == ("date", 1)
    assert infer(table(with_cells(COMPACT, "20210230")), "y", numeric=["x"]).columns[0].kind == "numeric"
    with pytest.warns(match="no date"):
        assert infer(table(with_cells(COMPACT, "20210230")), "y", date=["x"]).columns[0].missing == 1
    months = pl.Series("month", [cell[:6] for cell in with_cells(COMPACT, "20211301")])
    assert reading.find(months).missing == ("202113",)


def test_where_the_slips_are_is_told():
    found = slips.find(pl.Series(with_cells(NUMBERS, "TBA")), dates=True)
    assert found is not None and found.arg_true().to_list() == [7]
    assert slips.find(pl.Series(NUMBERS), dates=True) is None


def test_words_that_may_mean_something_stay_levels_with_a_warning():
    cells = with_cells(["1", "2", "3", "4"] * 50, *["more"] * 10)
    with pytest.warns(
        match=r"'x': 190 of 200 cells are numbers.* 'more', so all are taken as levels.*--missing"
    ):
        assert infer(table(cells), "y").columns[0].kind == "categorical"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert infer(table(cells), "y", categorical=["x"]).columns[0].kind == "categorical"
        assert infer(table(["1", "2", "3", "more"] * 50), "y").columns[0].kind == "categorical"


def test_a_schema_keeps_what_was_found():
    with pytest.warns(match="no date"):
        schema = infer(table(with_cells(DAYS, "2021-02-30")), "y")
    document = {"columns": [{"name": "x", "kind": "date", "missing": ["2021-02-30"]}]}
    assert infer(table(with_cells(DAYS, "2021-02-30")), "y", schema=document).columns[0].missing == 1
    later = schema.read(pl.DataFrame({"x": ["2021-02-30", "2021-03-01"]}))
    assert later["x"].to_list() == [None, datetime(2021, 3, 1)]


def test_rows_without_a_target_are_left_out_and_a_rare_class_is_none_of_them():
    with pytest.warns(match=r"'y': 1 cell of 200, such as 'TBA', is no number.* 1 row was left out"):
        schema = infer(table(NUMBERS, with_cells(NUMBERS, "TBA")), "y")
    assert (schema.target.task, schema.rows) == ("regression", 199)
    classes = infer(table(NUMBERS, with_cells(["1", "2", "3", "4"] * 50, "x", "x")), "y")
    assert classes.target.classes == ("1", "2", "3", "4", "x")
