"""Texts that look like numbers are said to."""

import polars as pl
import pytest

from honed.errors import InputError
from honed.table.columns import infer
from honed.table.lookalikes import hint
from honed.table.read import Table

NUMBERS = range(1, 61)


@pytest.mark.parametrize(
    ("cells", "example", "plain"),
    [
        ([f"{n},234.50" for n in NUMBERS], "1,234.50", "1234.50"),
        ([f"${n}.00" for n in NUMBERS], "$1.00", "1.00"),
        ([f"{n}%" for n in NUMBERS], "1%", "1"),
        ([f"{n},5" for n in NUMBERS], "1,5", "1.5"),
        ([f"{n},500" for n in NUMBERS], "1,500", "1500"),
        ([f"0,{n + 100}" for n in NUMBERS], "0,101", "0.101"),
        ([f"{n}.500,25" for n in NUMBERS], "1.500,25", "1500.25"),
        ([f"{n}.5 kg" for n in NUMBERS], "1.5 kg", "1.5"),
        ([f"EUR {n}" for n in NUMBERS], "EUR 1", "1"),
        ([f"(${n},000.75)" for n in NUMBERS], "($1,000.75)", "-1000.75"),
        ([f"-{n} 000 €" for n in NUMBERS], "-1 000 €", "-1000"),
        ([str(n) if n % 3 else f"{n},250" for n in NUMBERS], "3,250", "3250"),
        ([None if n % 30 == 2 else f"{n},234,567" for n in NUMBERS], "1,234,567", "1234567"),
    ],
)
def test_numbers_with_marks_or_units_are_seen_with_an_example(cells, example, plain):
    assert hint(pl.Series(cells)) == (
        f"the cells look like numbers, such as {example!r}: write them as plain numbers ({plain}) "
        "if that is what they are"
    )


@pytest.mark.parametrize(
    "cells",
    [
        [f"K-{n}" for n in NUMBERS],
        [f"{n}{'abcd'[n % 4]}" for n in NUMBERS],
        [f"{n:03d}" for n in NUMBERS],
        [f"2020-01-{n % 28 + 1:02d}" for n in NUMBERS],
        [f"10.0.0.{n}" for n in NUMBERS],
        [f"{n % 24:02d}:{n:02d}" for n in NUMBERS],
        [str(n) if n % 2 else "NA" for n in NUMBERS],
        [str(n) for n in NUMBERS],
        [f"SKU{n}" for n in NUMBERS],
        [None, None],
    ],
)
def test_other_words_are_not_taken_for_numbers(cells):
    assert hint(pl.Series(cells, dtype=pl.String)) == ""


def test_the_reason_of_a_column_and_of_a_target_says_so():
    money = [f"${n},000.50" if n % 9 else "on request" for n in NUMBERS]
    frame = pl.DataFrame({"x": [n / 7 for n in NUMBERS], "money": money, "y": [n / 3 for n in NUMBERS]})
    table = Table(frame, "t.csv", "")
    said = "54 of 60 cells are numbers, but others are not, such as 'on request'; correct such cells, or empty them"
    assert said in infer(table, "y").columns[1].reason
    few = frame.with_columns(money=pl.Series([f"{n % 20}%" if n % 2 else f"${n % 20}" for n in NUMBERS]))
    column = infer(Table(few, "t.csv", ""), "y").columns[1]
    assert column.kind == "categorical"
    assert "look like numbers, such as '1%'" in column.reason
    assert "such as '1%'" in infer(Table(few, "t.csv", ""), "money").target.reason
    for task in (None, "regression"):
        with pytest.raises(InputError, match=r"The cells look like numbers, such as '\$1,000.50'"):
            infer(table, "money", task=task)
