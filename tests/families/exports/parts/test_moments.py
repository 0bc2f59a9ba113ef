"""Dates in an exported script are the moments, and the numbers of them, that honed reads."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from honed.encode import dates
from honed.families.exports.parts import moments
from honed.families.exports.parts.moments import Date, Moment, part_of
from honed.table import calendar, formats, months, zones

CELLS = (
    "2024-02-29", "2023-02-29", "1969-12-31 23:59:59.5", "2024-01-31T10:20:30.123456789Z", "2024-01-31 24:00",
    "31.01.2024", "01/31/2024", "1/2/24 5:07 pm", "31-01-24", "5 March 2021", "März 5, 2021",
    "Mon, 5 mars 2021", "2021 Q3",
    "Q3 2021", "2021-W53", "2020-W53-4", "20240131", "20240131T1020", "202401", "22:20", "9 pm",
    "22:20:30+02:00", "Jan 68",
    "Jan 2069", "12/1999", "1999/3", "240131", "2024-07-01 12:00 Europe/Berlin",
    "2024-03-31 02:30 Europe/Berlin",
    "2024-10-27 02:30 Europe/Berlin", "2024-01-01 00:00 EST", "2024-01-01T00:00:00+0530", "9999-12-31",
    "1499-01-01",
    "0001-01-01", "odd", "1700000000", "45000.5", "12", "Oct 5 10:11:12 UTC 2020",
    "2024-01-01 10:00 nowhere/Here", "31.01.2024 10.20", "2024-01-31-10.20.30.5", "2024-01-31 9h05",
    "18.00.00", "24.00.00",
)  # fmt: skip


FORMATS = (
    "%d.%m.%Y",
    "%b %d %Y",
    "%G-W%V",
    "%H:%M",
    "%H.%M.%S",
    "%Y%m%d",
    "%m/%d/%y from 1930",
    "%b %d %H:%M:%S %Y",
    "%Y Q%q",
)


def test_texts_of_each_format_look_as_honed_knows_them() -> None:
    assert moments.patterns() == formats.PATTERNS
    assert moments.COUNTED == formats.COUNTED


def test_an_hour_and_a_minute_in_one_number_are_the_clock_that_honed_reads() -> None:
    cells = ["517", "0005", "0", "2400", "1530.0", "15:30", "9 pm", "1999-12-31"]
    expected = formats.read(pl.Series(cells), "%H%M")
    assert Moment("%H%M").read(cells, "departure").tolist() == expected.to_list()
    for wrong in ("575", "2401", "-5", "12.5"):
        with pytest.raises(ValueError, match="is no date or time"):
            Moment("%H%M").read([wrong], "departure")


def test_months_zones_and_what_returns_are_those_of_honed() -> None:
    assert moments.MONTH == months._NUMBERS
    assert zones._HOURS | dict.fromkeys(("z", "utc", "gmt"), 0.0) == moments.ZONES
    assert (moments.ROUNDS, moments.DAY) == (calendar.ROUNDS, calendar.DAY)


@pytest.mark.parametrize("format", FORMATS)
def test_a_moment_is_the_one_that_honed_reads(format: str) -> None:
    found = formats.parsed(pl.Series(CELLS), format).fill_null(formats.parsed(pl.Series(CELLS), formats.ISO))
    read = Moment(*formats.split(format))
    for cell, expected in zip(CELLS, found.to_list(), strict=True):
        if expected is None:
            with pytest.raises(ValueError, match="is no date or time"):
                read.read([cell], "a")
        else:
            assert read.read([cell], "a").tolist() == [expected], cell


@pytest.mark.parametrize("format", [*formats.COUNTED, ""])
def test_counted_and_typed_columns_are_read_as_honed_reads_them(format: str) -> None:
    cells = ["47000", "45000.5", "2024-02-29", "", "NA"]
    cells = cells if format else ["5 March 2021", "2021 Q3", "2024-02-29", "22:20"]
    column = pl.Series([None if cell in ("", "NA") else cell for cell in cells])
    assert Moment(format).read(cells, "a").tolist() == formats.read(column, format).to_list()
    with pytest.raises(ValueError, match="is no date or time"):
        Moment(format).read(["31/01/2024"], "a")


def test_words_for_missing_and_typed_cells_are_read() -> None:
    moment = datetime.datetime(2024, 1, 31, 10, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    given = [
        moment,
        datetime.date(2024, 1, 31),
        datetime.time(22, 20),
        "NA",
        None,
        np.datetime64("1999-01-01"),
        "31.12.9999",
    ]
    found = Moment("%d.%m.%Y", missing=("9999-12-31",)).read(given, "a")
    assert np.datetime_as_string(found, unit="m").tolist() == [
        "2024-01-31T08:00",
        "2024-01-31T00:00",
        "1970-01-01T22:20",
        "NaT",
        "NaT",
        "1999-01-01T00:00",
        "NaT",
    ]


def test_parts_are_those_that_honed_takes() -> None:
    rng = np.random.default_rng(0)
    ticks = rng.integers(-(10**15), 2 * 10**15, 200).astype("M8[us]")
    ticks[::7] = "NaT"
    column = pl.Series(ticks)
    parts: tuple[calendar.Part, ...] = ("elapsed", "year", "month", "day", "weekday", "hour", "minute")
    for part in parts:
        expected = calendar.numbers(column, part, 12_345)
        np.testing.assert_array_equal(part_of(ticks, part, 12_345), expected)
    known = dates.Date("a", parts, -(10**14), 10**14, is_held=True)
    ends = [str(np.datetime64(end, "us")) for end in (known.low, known.high)]
    own = Date(dict.fromkeys(parts, (0.0, 1.0)), *ends, is_held=True)
    np.testing.assert_array_equal(own.plain(ticks), known.plain(column))
    np.testing.assert_allclose(own.turned(ticks), known.turned(column), atol=1e-7)
