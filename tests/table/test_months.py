"""Months in four languages."""

import re

import polars as pl
import pytest

from honed.table import months
from honed.table.formats import parsed


def test_names_are_numbers_and_other_words_none():
    names = pl.Series(["mar", "märz", "mrz", "mars", "marzo", "déc", "mai", "set", "", None])
    assert months.numbers(names).to_list() == [3, 3, 3, 3, 3, 12, 5, 0, 0, 0]
    assert re.fullmatch(months.NAME, "février") and not re.fullmatch(months.NAME, "set")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("3. März 2021", "2021-03-03"),
        ("Montag, 1. Feb. 2021", "2021-02-01"),
        ("12 déc. 2020", "2020-12-12"),
        ("1er août 2020", "2020-08-01"),
        ("5 de septiembre de 2019", "2019-09-05"),
        ("5 OKT 2019", "2019-10-05"),
    ],
)
def test_days_are_read_in_these_languages(cell, day):
    assert [str(each.date()) for each in parsed(pl.Series([cell]), "%d %b %Y")] == [day]
