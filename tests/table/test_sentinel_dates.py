"""Dates that stand for none, and those that are dates like others."""

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from messy_tables import moments

from honed.table import sentinel_dates
from honed.table.columns import infer
from honed.table.formats import moment_type
from honed.table.read import Table
from honed.table.reading import PLAIN, find, values

DAYS = [moment.date() for moment in moments(100)]


def with_day(day: date, count: int = 5) -> list[date]:
    """The days, the first few of them that one."""
    return [day] * count + DAYS[count:]


@pytest.mark.parametrize(
    "day", [date(9999, 12, 31), date(1, 1, 1), date(1900, 1, 1), date(1970, 1, 1), date(2999, 12, 31)]
)
@pytest.mark.parametrize("form", ["{:%Y-%m-%d}", "{:%d/%m/%Y}", "{:%Y%m%d}", "typed"])
def test_a_usual_date_for_none_far_from_all_others_is_empty(day, form):
    cells = with_day(day)
    column = pl.Series("end", cells)
    if form != "typed":  # of years before 1000 the C library leaves zeros out
        texts = [form.replace("%Y", f"{cell.year:04d}").format(cell) for cell in cells]
        column = pl.Series("end", texts)
    found = find(column)
    assert (found.form, found.emptied, len(found.missing)) == ("time", 5, 1)
    once = values(column, found, False)
    assert once.null_count() == 5 and once[5] == datetime.combine(cells[5], datetime.min.time())
    assert values(once, found, False).equals(once)
    later = pl.Series("end", [datetime.combine(day, datetime.min.time()), datetime(2020, 1, 2)])
    assert values(later, found, False).to_list() == [None, datetime(2020, 1, 2)]


def test_numbers_stand_for_none_too():
    days = pl.Series("created", [99991231] * 5 + [int(f"{day:%Y%m%d}") for day in DAYS[5:]])
    for none in (0, 10101):  # 00010101 as a number
        ours = pl.Series("created", [none, None, *(int(f"{day:%Y%m%d}") for day in DAYS[5:])])
        for column in (ours, ours.cast(pl.Float64), ours.cast(pl.String)):
            found = find(column)
            assert (found.format, found.missing, found.emptied) == ("%Y%m%d", (str(none),), 1)
            assert values(column, found, False).null_count() == 2
    seconds = pl.Series("created", [0] * 5 + [1_500_000_000 + 97_777 * row for row in range(200)])
    assert (find(days).format, find(days).missing) == ("%Y%m%d", ("99991231",))
    assert (find(seconds).format, find(seconds).missing) == ("seconds since 1970", ("0",))


@pytest.mark.parametrize(
    "cells",
    [
        DAYS,
        [date(1970, 1, 1) + timedelta(20 * row) for row in range(200)],
        [date(2080, 1, 1) + timedelta(35 * row) for row in range(209)] + [date(2099, 12, 31)],
        [date(1895, 5, 7) + timedelta(101 * row) for row in range(200)] + [date(1900, 1, 1)],
        [date(1970, 1, 1), *DAYS[:5]],  # too few others to say
    ],
)
def test_dates_like_others_are_none(cells):
    assert not sentinel_dates.find(pl.Series(cells).cast(moment_type())).any()
    assert find(pl.Series("x", [str(cell) for cell in cells])).missing == ()


def test_it_is_a_warning_and_a_schema_overrules_it():
    frame = pl.DataFrame(
        {"end": map(str, with_day(date(9999, 12, 31))), "y": [0.5 * row for row in range(100)]}
    )
    with pytest.warns(match="'end': '9999-12-31' in 5 cells lies far from all other dates"):
        assert infer(Table(frame, "t.csv", ""), "y").columns[0].missing == 5
    document = {"columns": [{"name": "end", "missing": []}]}
    assert infer(Table(frame, "t.csv", ""), "y", schema=document).columns[0].missing == 0
    assert find(pl.Series(["1900", "1970"] * 20)) == PLAIN
