"""Which columns are taken for the order of rows in time, and which are not."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from honed.table.noticed import are_alike, evidence_of, notice, possible, with_empty_cells

RNG = np.random.default_rng(0)
ROWS = 1_000
NOISE = RNG.normal(size=ROWS)
BORN = RNG.integers(0, 25_000, ROWS)
WALK = np.cumsum(RNG.normal(size=ROWS))
MIXED = RNG.permutation(ROWS)
DAY = RNG.integers(0, 200, ROWS)


def dates(days: np.ndarray, name: str = "when") -> pl.Series:
    return pl.Series(name, [date(1960, 1, 1) + timedelta(days=int(day)) for day in days])


@pytest.mark.parametrize(
    ("days", "y", "evidence"),
    [
        (np.sort(BORN), NOISE, "sorted"),
        (np.sort(BORN)[::-1], NOISE, "sorted"),
        (np.tile(np.arange(50), 20), NOISE, "sorted"),
        (np.sort(BORN) + RNG.integers(0, 300, ROWS), NOISE, "sorted"),
        (MIXED, NOISE, "regular"),
        (np.tile(np.arange(100), 10)[MIXED], NOISE, "regular"),
        (np.sort(BORN)[MIXED], WALK[MIXED], "alike"),
        (DAY, RNG.normal(size=200)[DAY] + NOISE, "alike"),
    ],
    ids=[
        "sorted",
        "newest first",
        "shop after shop",
        "nearly",
        "a day each",
        "ten a day",
        "drift",
        "bad days",
    ],
)
def test_dates_that_order_rows_are_noticed(days: np.ndarray, y: np.ndarray, evidence: str) -> None:
    found = notice([pl.Series("x", NOISE), dates(days)], y, is_quantity=True)
    assert found is not None
    assert (found.name, found.evidence) == ("when", evidence)


@pytest.mark.parametrize(
    ("days", "y"),
    [
        (BORN, NOISE),
        (BORN, BORN / 5_000 + NOISE),
        (BORN, np.sin(BORN / 4_000)),
        (BORN, (BORN > 9_000) + 0.1 * NOISE),
        (RNG.integers(20_000, 20_700, ROWS), NOISE),
        (RNG.integers(20_000, 20_008, ROWS), NOISE),
        (np.sort(RNG.integers(0, 4, ROWS)), NOISE),
        (np.repeat(np.arange(6), ROWS // 6 + 1)[:ROWS] * 365 + RNG.integers(0, 365, ROWS), NOISE),
    ],
    ids=[
        "birth",
        "age matters",
        "age alone",
        "of age",
        "last edit",
        "eight days",
        "four days in order",
        "classes of pupils",
    ],
)
def test_dates_of_birth_and_of_edits_order_nothing(days: np.ndarray, y: np.ndarray) -> None:
    assert notice([dates(days)], y, is_quantity=True) is None


def test_classes_may_be_alike_along_time_too() -> None:
    days = np.sort(RNG.integers(0, 9_000, ROWS))
    y = (np.median(WALK) < WALK).astype(np.int32)
    assert evidence_of(days[MIXED].astype(float), y[MIXED], is_quantity=False) in ("alike", None)
    runs = (np.arange(ROWS) // 7 % 2).astype(np.int32)
    assert evidence_of(days[MIXED].astype(float), runs[MIXED], is_quantity=False) == "alike"


def test_times_of_day_and_many_empty_cells_order_nothing() -> None:
    hours = pl.Series("at", np.arange(600) * 60_000_000).cast(pl.Datetime("us"))
    assert notice([hours], NOISE[:600], is_quantity=True) is None
    gaps = dates(np.arange(ROWS)).scatter(np.arange(60), None)
    assert notice([gaps], NOISE, is_quantity=True) is None
    assert notice([gaps.scatter(np.arange(ROWS), None)], NOISE, is_quantity=True) is None


def test_a_few_empty_cells_change_nothing() -> None:
    gaps = dates(np.arange(ROWS)).scatter([3, 4], None)
    found = notice([gaps], NOISE, is_quantity=True)
    assert found is not None and (found.name, found.evidence) == ("when", "sorted")
    assert np.flatnonzero(np.isnan(found.times.values)).tolist() == [3, 4]
    assert with_empty_cells([gaps], NOISE, is_quantity=True) is None


def test_numbers_are_only_possible() -> None:
    steps = pl.Series("day", 2 * np.arange(ROWS))
    found = possible([steps], WALK, is_quantity=True)
    assert found is not None and (found.name, found.evidence) == ("day", "alike")
    found = possible([steps.rename("year")], NOISE, is_quantity=True)
    assert found is not None and found.evidence == "sorted"
    assert possible([steps.rename("id")], NOISE, is_quantity=True) is None
    assert possible([pl.Series("year", BORN)], NOISE, is_quantity=True) is None
    assert notice([steps], WALK, is_quantity=True) is None


def test_a_table_sorted_by_its_target_is_no_time() -> None:
    rows = np.arange(ROWS).astype(float)
    assert not are_alike(rows, np.sort(NOISE), is_quantity=True)
    assert not are_alike(rows, np.arange(ROWS) // 400, is_quantity=False)


def test_dates_of_which_some_are_empty_are_doubted() -> None:
    empty = np.arange(0, ROWS, 10)
    gaps = dates(np.arange(ROWS)).scatter(empty, None)
    found = with_empty_cells([dates(BORN, "born").scatter(empty, None), gaps], NOISE, is_quantity=True)
    assert found is not None and (found.name, found.evidence) == ("when", "sorted")
    assert np.flatnonzero(np.isnan(found.times.values)).tolist() == empty.tolist()
    assert with_empty_cells([dates(np.arange(ROWS))], NOISE, is_quantity=True) is None
    rare = gaps.scatter(np.arange(600), None)
    assert with_empty_cells([rare], NOISE, is_quantity=True) is None


def test_weeks_and_hours_that_begin_anew_are_no_time_and_their_year_is() -> None:
    rows = np.arange(ROWS)
    week, year = pl.Series("week", rows % 52), pl.Series("year", rows * 4 // ROWS)
    assert possible([week], NOISE, is_quantity=True) is None
    assert possible([pl.Series("hour", rows % 24)], NOISE, is_quantity=True) is None
    found = possible([week, year], NOISE, is_quantity=True)
    assert found is not None and found.name == "year"
    assert possible([year.rename("grade")], NOISE, is_quantity=True) is None
    slips = pl.Series("week", np.where(rows % 50 == 49, rows - 3, rows))
    assert possible([slips], NOISE, is_quantity=True) is not None
