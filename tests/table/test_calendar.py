"""Parts of moments."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from messy_tables import moments

from honed.table import calendar

START = datetime(2020, 1, 1)


def every(step: timedelta, count: int) -> pl.Series:
    return pl.Series("when", [START + number * step for number in range(count)])


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        (every(timedelta(days=1), 100), ("elapsed", "weekday")),
        (every(timedelta(days=1), 800), ("elapsed", "year", "month", "day", "weekday")),
        (every(timedelta(hours=1), 100), ("elapsed", "hour")),
        (every(timedelta(minutes=7), 100), ("elapsed", "hour", "minute")),
        (every(timedelta(days=7), 20), ("elapsed",)),
        (
            pl.Series([datetime(2018 + n // 12, n % 12 + 1, 1) for n in range(36)]),
            ("elapsed", "year", "month"),
        ),
        (pl.Series([datetime(1970, 1, 1, n % 24, n) for n in range(36)]), ("hour",)),
        (pl.Series([START, None]), ()),
    ],
)
def test_parts_are_those_that_vary(cells, parts):
    assert calendar.varying(cells) == parts


def test_numbers_are_those_of_the_standard_library():
    at = moments(50)
    cells = pl.Series("when", [*at, None])
    expected: dict[calendar.Part, list[float]] = {
        "year": [moment.year for moment in at],
        "month": [moment.month - 1 for moment in at],
        "day": [moment.timetuple().tm_yday - 1 for moment in at],
        "weekday": [moment.weekday() for moment in at],
        "hour": [moment.hour + moment.minute / 60 for moment in at],
        "minute": [moment.minute for moment in at],
        "elapsed": [(moment - datetime(1970, 1, 1)) / timedelta(days=1) for moment in at],
    }
    for part, values in expected.items():
        np.testing.assert_allclose(calendar.numbers(cells, part), [*values, np.nan])


def test_moments_are_shown_as_short_as_can_be():
    shown = [calendar.shown(datetime(2018, 1, 31)), calendar.shown(datetime(2018, 1, 31, 22, 20))]
    assert shown == ["2018-01-31", "2018-01-31 22:20"]
    assert calendar.shown(datetime(1970, 1, 1, 9), clock=True) == "09:00"


def test_parts_are_told_in_words():
    assert calendar.given(("elapsed", "month")) == "given as time since the first, month"
    assert calendar.given(()) == "not given"
