"""Zones that cells name."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import polars as pl
import pytest

from honed.table import zones
from honed.table.formats import parsed
from honed.table.times import find

HOUR = 3_600_000_000


def test_offsets_and_abbreviations_are_hours_ahead_of_utc():
    names = pl.Series(["", "Z", "UTC", "+01:00", "-0330", "EST", "cest", "GMT+02"])
    found, is_time = zones.ahead(names, np.zeros(8, np.int64))
    assert (found / HOUR).tolist() == [0, 0, 0, 1, -3.5, -5, 2, 2] and is_time.all()


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "america/new_york", "America/Port-au-Prince", "Asia/Kolkata"]
)
def test_places_are_read_as_the_standard_library_reads_them(zone):
    spelled = "America/New_York" if zone == "america/new_york" else zone
    local = [datetime(2021, month, 1, 10, 30) for month in range(1, 13)]
    cells = pl.Series("at", [f"{each:%Y-%m-%d %H:%M} {zone}" for each in local])
    wanted = [each.replace(tzinfo=ZoneInfo(spelled)).astimezone(ZoneInfo("UTC")) for each in local]
    assert parsed(cells, "%Y-%m-%d").to_list() == [each.replace(tzinfo=None) for each in wanted]
    found = find(cells)
    assert found is not None and found.is_zoned


def test_places_in_any_case_are_found_under_the_names_of_the_standard_library():
    named = re.compile(zones.NAME, re.IGNORECASE)
    places = [name for name in sorted(available_timezones()) if "/" in name and named.fullmatch(name)]
    places = [name for name in places if is_known(name)]
    assert len(places) > 400
    for case in (str, str.lower, str.upper):
        _, is_time = zones.ahead(pl.Series([case(name) for name in places]), np.zeros(len(places), np.int64))
        assert [name for name, known in zip(places, is_time, strict=True) if not known] == []


def is_known(place):
    """Whether Polars, which has a list of its own, knows the place as well."""
    try:
        pl.Series([datetime(2020, 1, 1)]).dt.replace_time_zone(place)
    except pl.exceptions.PolarsError:
        return False
    return True


def test_an_hour_that_a_clock_leaves_out_and_a_place_that_is_none_are_no_times():
    cells = pl.Series(
        ["2021-03-28 02:30 Europe/Berlin", "2021-10-31 02:30 Europe/Berlin", "2021-01-01 10:00 Europe/X"]
    )
    assert parsed(cells, "%Y-%m-%d").to_list() == [None, datetime(2021, 10, 31, 0, 30), None]
