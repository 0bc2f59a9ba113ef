"""What cells of a format say."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table import formats
from honed.table.formats import moments, read
from honed.table.times import find

ONE = datetime(2021, 5, 6, 7, 8, 9)


def test_types_of_dates_become_moments():
    zone = ZoneInfo("America/New_York")
    assert read(pl.Series([ONE.date()]), "").to_list() == [datetime.combine(ONE.date(), time())]
    assert read(pl.Series([datetime(2020, 7, 1, 8, tzinfo=zone)]), "").to_list() == [datetime(2020, 7, 1, 12)]
    assert read(pl.Series([time(22, 20)]), "").to_list() == [datetime(1970, 1, 1, 22, 20)]
    assert read(pl.Series([ONE]).cast(pl.Datetime("ns")), "").to_list() == [ONE]
    assert find(pl.Series([timedelta(1)] * 9)) is None


def test_a_later_table_may_write_dates_year_first_or_have_a_type():
    expected = [datetime(2018, 1, 31, 22, 20), None]
    for cells in (["31/01/2018 22:20", None], ["2018-01-31T22:20", " "], expected):
        assert read(pl.Series("when", cells), "%d/%m/%Y").to_list() == expected
    assert read(pl.Series(["22:20"]), "").to_list() == [datetime(1970, 1, 1, 22, 20)]


def test_a_cell_that_is_no_date_stays_and_is_refused_with_its_row():
    column = pl.Series("when", ["31/01/2018", "31/02/2018", None, "01/02/2018"])
    once = read(column, "%d/%m/%Y")
    assert once.to_list() == ["2018-01-31 00:00:00.000000", "31/02/2018", None, "2018-02-01 00:00:00.000000"]
    assert read(once, "%d/%m/%Y").equals(once)
    assert formats.unreadable(once).to_list() == [False, True, False, False]
    with pytest.raises(InputError, match="Column 'when', row 2: '31/02/2018' is no date"):
        moments(once)
    with pytest.raises(InputError, match="Column 'when', row 7: '31/02/2018' is no date"):
        moments(once, np.array([3, 7, 8, 9]))


def test_moments_that_are_no_years_are_the_last_that_can_be():
    found = read(pl.Series([2**62, 0, -(2**62), None]).cast(pl.Datetime("us")), "")
    assert [cell and cell.year for cell in found] == [9999, 1970, 1, None]


def test_midnight_may_end_a_day():
    assert read(pl.Series(["2018-12-31 24:00"]), formats.ISO).to_list() == [datetime(2019, 1, 1)]
    assert read(pl.Series(["2018-12-31 24:01"]), formats.ISO).to_list() == ["2018-12-31 24:01"]
