"""Cells to times, and words to gaps."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.table.order import Gap, by_time, check_times, gap_of, only_grow, times_of

EIGHT = 1_704_096_000.0  # 2024-01-01 08:00


@pytest.mark.parametrize(
    ("cells", "values", "are_dates"),
    [
        (["2024-01-01 08:00", "2024-01-02 08:00"], [EIGHT, EIGHT + 86_400], True),
        (["2024-01-01T08:00:00Z", None], [EIGHT, np.nan], True),
        (["2024-01-01", "2023-12-31"], [EIGHT - 28_800, EIGHT - 28_800 - 86_400], True),
        ([date(2024, 1, 1), None], [EIGHT - 28_800, np.nan], True),
        ([3, None, 1], [3, np.nan, 1], False),
        (["3", "1.5"], [3, 1.5], False),
    ],
)
def test_dates_and_numbers_order_rows(cells: list, values: list[float], are_dates: bool) -> None:
    found = times_of(pl.Series("t", cells))
    assert found is not None and found.are_dates == are_dates
    np.testing.assert_array_equal(found.values, values)


@pytest.mark.parametrize("cells", [["a", "b"], ["2024-01-01", "soon"], [True, False], [None, None]])
def test_words_order_nothing(cells: list) -> None:
    found = times_of(pl.Series("t", cells, dtype=pl.String if cells[0] is None else None))
    assert found is None or np.isnan(found.values).all()


def test_times_are_written_as_people_do() -> None:
    days = times_of(pl.Series(["2024-01-01", "2024-01-02"]))
    assert days is not None
    assert days.label(EIGHT) == "2024-01-01 08:00"
    assert days.label(EIGHT - 28_800) == "2024-01-01"


@pytest.mark.parametrize(
    ("value", "gap"),
    [
        (None, Gap()),
        ("24", Gap(rows=24)),
        (24, Gap(rows=24)),
        ("7d", Gap(seconds=604_800.0)),
        (" 12h ", Gap(seconds=43_200.0)),
        ("1.5d", Gap(seconds=129_600.0)),
        ("1 week", Gap(seconds=604_800.0)),
        ("2 Days", Gap(seconds=172_800.0)),
        (timedelta(hours=1), Gap(seconds=3600.0)),
    ],
)
def test_a_gap_is_rows_or_a_duration(value: object, gap: Gap) -> None:
    assert gap_of(value) == gap  # type: ignore[arg-type]
    assert gap_of(gap.text) == gap


@pytest.mark.parametrize("value", ["7 moons", "-3", -3, True, "", "1.5", timedelta(-1)])
def test_other_gaps_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="neither a number of rows nor a duration"):
        gap_of(value)  # type: ignore[arg-type]


def test_a_capital_m_is_neither_months_nor_minutes() -> None:
    with pytest.raises(InputError, match="M means months to some and minutes to others"):
        gap_of("3M")


def test_gaps_in_words() -> None:
    said = [gap_of(text).said() for text in ("1", "24", "7d", "1d", "90m", "30s")]
    assert said == ["1 row", "24 rows", "7 days", "1 day", "1.5 hours", "30 seconds"]


def test_a_column_that_orders_nothing_is_refused() -> None:
    words = pl.Series("when", ["soon", "late"])
    with pytest.raises(
        InputError, match="neither numbers nor dates that honed reads, such as 'soon', 'late'"
    ):
        check_times("when", times_of(words), words, "t.csv")
    few = pl.Series("when", [1, 2, 1])
    with pytest.raises(InputError, match="'when' has 2 distinct times"):
        check_times("when", times_of(few), few, "t.csv")


def test_a_cell_that_is_no_date_among_dates_is_named() -> None:
    cells = pl.Series("at", [f"2021-01-{day:02}" for day in range(1, 31)]).scatter(20, "soon")
    with pytest.raises(InputError, match=r"29 of 30 cells are dates .* such as 'soon'; correct such cells"):
        check_times("at", times_of(cells), cells, "t.csv")


@pytest.mark.parametrize(
    ("numbers", "grow"),
    [
        (np.repeat(np.arange(12.0), 30), True),
        (-np.cumsum(np.abs(np.sin(np.arange(90.0)))), True),
        (np.where(np.arange(400) == 7, 3.0, np.arange(400.0)), True),  # a slip
        (np.where(np.arange(90) % 3 == 0, np.nan, np.arange(90.0)), True),
        (np.tile(np.arange(31.0), 12), False),
        (np.arange(400.0) / 50 + np.sin(np.arange(400.0)), False),  # a trend that rows to come may stay below
        (np.ones(90), False),
        (np.arange(90.0) > 80, False),  # one step
        (np.linspace(-8e307, 8e307, 90), True),
        (np.arange(20.0), False),
        (np.full(90, np.nan), False),
    ],
)
def test_numbers_that_only_grow_are_known_from_others(numbers: np.ndarray, grow: bool) -> None:
    assert only_grow(numbers) == grow
    assert only_grow(numbers[::-1]) == grow


def test_rows_are_looked_at_from_the_oldest_on_and_evenly() -> None:
    assert by_time(np.array([3.0, np.nan, 1.0, 2.0])).tolist() == [2, 3, 0]
    found = by_time(-np.arange(100_001.0))
    assert len(found) < 20_001 and (np.diff(found) == -6).all() and found[0] == 100_000
