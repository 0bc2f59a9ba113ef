"""Time since the first row is left out where its last value says nothing of rows to come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.diagnosis.data.case import DataCase
from honed.diagnosis.data.constant import constant
from honed.encode import encoder as encoding
from honed.errors import InputError
from honed.families.table.source import HELD, TableSource
from honed.families.table.trend import settled
from honed.search.options import Options
from honed.search.prepare import prepare_source
from honed.table.read import from_frame

ROWS = 900
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=ROWS)
X = RNG.normal(size=ROWS)
WAVES = 3 * np.sin(np.arange(ROWS) / 60)  # levels that do not last
RISE = np.arange(ROWS) / 40


def source(y: np.ndarray, step: int = 24, more: Sequence[pl.Series] = (), **said: Any) -> TableSource:
    at = [datetime(2020, 1, 1) + timedelta(hours=step * row) for row in range(len(y))]
    frame = pl.DataFrame({"at": at, "x": X[: len(y)], "kind": ["a", "b", "c"] * (len(y) // 3), "y": y})
    return TableSource.of(from_frame(frame.with_columns(more)), Options("memory", "y", **said))


def parts(found: TableSource) -> tuple[str, ...]:
    return next(column.parts for column in found.schema.columns if column.name == "at")


def test_a_level_that_lasts_keeps_the_time_since_the_first_row() -> None:
    before = source(RISE + NOISE)
    after = settled(before, np.arange(ROWS))
    assert after is before and parts(after)[:2] == ("elapsed", "year") and HELD in after.notes


def test_a_level_that_does_not_last_leaves_it_out_and_says_so() -> None:
    before = source(X + WAVES + NOISE)
    after = settled(before, np.arange(ROWS))
    assert parts(after) == tuple(part for part in parts(before) if part not in ("elapsed", "year"))
    assert HELD in before.notes and HELD not in after.notes
    assert after.notes[-1].startswith("Column 'at': time since the first and year are left out.")
    (reason,) = (column.reason for column in after.schema.columns if column.name == "at")
    assert reason.endswith(
        "given as month, day of the year, weekday (time since the first and year are left out, as they do harm in "
        "later rows)"
    )


def test_what_else_is_known_of_the_column_stays() -> None:
    days = pl.Series("at", [f"{datetime(2020, 1, 1) + timedelta(row):%d/%m/%Y}" for row in range(ROWS)])
    again = pl.Series("seen", [datetime(2020, 1, 1) + timedelta(row) for row in range(ROWS)])
    before = source(X + WAVES + NOISE, more=[days, again], time="at")
    after = settled(before, np.arange(ROWS))
    (reason,) = (column.reason for column in after.schema.columns if column.name == "at")
    assert "later rows); read as dates (%d/%m/%Y), day before month" in reason
    assert HELD in after.notes  # of the other column


def test_dates_of_which_nothing_else_is_known_are_left_out_and_not_taken_for_one_cell() -> None:
    months = np.arange(ROWS) * 12 // ROWS
    at = pl.Series("at", [datetime(2020, 1 + month, 1) for month in months])
    before = source(3 * np.sin(months * 2.5) + NOISE, more=[at], time="at")
    after = settled(before, np.arange(ROWS))
    assert parts(before) == ("elapsed",) and parts(after) == ()
    rows = np.arange(ROWS)
    case = DataCase(after.table.frame, after.schema, after.y, rows[:700], rows[700:], rows[:0])
    assert not constant(case)


def test_numbers_that_grow_with_time_are_part_of_the_trend() -> None:
    rows = np.arange(ROWS)
    more = [pl.Series("count", rows * 3 + rows % 2), pl.Series("day", rows % 31 + 1)]
    before = source(X + WAVES + NOISE, more=more)
    assert [column.name for column in before.schema.columns if column.grows] == ["count"]
    assert any("numbers of column 'count' only grow" in note for note in before.notes)
    after = settled(before, rows)
    assert not any("only grow" in note for note in after.notes)
    assert after.notes[-1].startswith("Column 'at': time since the first, year and 'count' are left out.")
    assert [column.name for column in after.schema.columns if not column.used] == ["count"]
    kept = settled(source(X + WAVES + NOISE, more=more, trend=True), rows)
    places = kept.places[:500]
    encoder = encoding.fit(kept.table, kept.schema, places, time="at", y=kept.y[:500])
    assert [(held.name, held.high) for held in encoder.held] == [("count", 1498.0)]
    later = encoder.encode(kept.take(np.array([499, 899])))
    place = encoder.continuous.index("count")
    assert later.numeric[0, place] == later.numeric[1, place]
    again = TableSource.of(kept.table, Options("memory", "y", no_time=True))
    assert not any(column.grows for column in again.schema.columns)


def test_rows_that_score_have_no_say() -> None:
    y = X + WAVES + NOISE
    known = np.arange(700)
    other = y.copy()
    other[700:] = 1e6
    assert settled(source(y), known).notes[-1] == settled(source(other), known).notes[-1]


def test_classes_are_foretold_too() -> None:
    lasting = np.where(RISE + NOISE > 11, "p", "q")
    passing = np.where(X + WAVES + NOISE > 0, "p", "q")
    assert "elapsed" in parts(settled(source(lasting), np.arange(ROWS)))
    assert "elapsed" not in parts(settled(source(passing), np.arange(ROWS)))


def test_a_number_that_says_when_rows_were_is_a_trend_even_where_it_counts_them() -> None:
    day = pl.Series("day", np.arange(ROWS) * 2 + 1)
    for y, kind in ((RISE + NOISE, "numeric"), (X + WAVES + NOISE, "excluded")):
        before = source(y, more=[day], time="day")
        after = settled(before, np.arange(ROWS))
        (column,) = (column for column in after.schema.columns if column.name == "day")
        assert "kept, because it was named as the time" in before.schema.columns[-1].reason
        assert column.kind == kind and (HELD in after.notes)
    assert after.notes[-1].startswith("Column 'day': the number is left out.")


@pytest.mark.parametrize("y", [RISE + NOISE, X + WAVES + NOISE])
def test_the_user_has_the_last_word(y: np.ndarray) -> None:
    rows = np.arange(ROWS)
    assert "elapsed" in parts(settled(source(y, trend=True), rows))
    after = settled(source(y, trend=False), rows)
    assert "elapsed" not in parts(after)
    assert after.notes[-1] == "Column 'at': time since the first and year are left out, as was asked."


def test_a_trend_without_a_time_or_with_nothing_beside_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"--no-trend .trend=False. is about what grows with time, and no column"
    ):
        settled(source(X, no_time=True, trend=False), np.arange(ROWS))
    frame = pl.DataFrame({"day": np.arange(200) / 2, "y": NOISE[:200]})
    alone = TableSource.of(from_frame(frame), Options("memory", "y", time="day", trend=False))
    with pytest.raises(InputError, match="leaves nothing to learn from: the number of column 'day'"):
        settled(alone, np.arange(200))


def test_few_rows_and_rows_without_an_order_are_left_alone() -> None:
    assert "elapsed" in parts(settled(source((X + WAVES)[:90]), np.arange(90)))
    free = source(X + WAVES, no_time=True)
    assert settled(free, np.arange(ROWS)) is free


def test_a_network_sees_the_parts_that_return() -> None:
    options = Options("memory", "y", trials=1)
    ready = prepare_source(source(X + WAVES + NOISE), options)
    learned: Any = ready.family.learn(ready.source, ready.splits.folds[0].train, "robust")
    (date,) = learned.dates
    assert date.parts == ("month", "day", "weekday") and not date.is_clock
    assert "held" not in date.said_of(date.beyond(pl.Series([datetime(2030, 1, 1)])))
    assert type(learned).from_json(learned.to_json()).dates == learned.dates


def test_without_the_column_of_time_what_grows_with_it_may_still_be_left_out() -> None:
    more = [pl.Series("count", np.arange(ROWS) * 3)]
    before = source(X + NOISE, more=more, time="at", trend=False, exclude=("at",))
    after = settled(before, np.arange(ROWS))
    assert {column.name: column.used for column in after.schema.columns}["count"] is False
    assert after.notes[-1] == "'count' left out, as was asked: such numbers only grow along 'at'."
    kept = source(X + NOISE, more=more, time="at", exclude=("at",))
    assert settled(kept, np.arange(ROWS)) is kept
    with pytest.raises(InputError, match="'count', which only grow along 'at', are the only inputs"):
        settled(
            source(X + NOISE, more=more, time="at", trend=False, exclude=("at", "x", "kind")), np.arange(ROWS)
        )


@pytest.mark.parametrize("count", [3, 4])
def test_a_few_times_are_enough(count: int) -> None:
    year = np.arange(ROWS) * count // ROWS
    frame = pl.DataFrame({"year": 2018 + year, "x": X, "y": X + 3 * np.sin(2.5 * year) + NOISE})
    of_numbers = TableSource.of(from_frame(frame), Options("memory", "y", time="year"))
    days = pl.Series("at", [datetime(2020, 1, 1 + day) for day in year.tolist()])
    of_dates = source(X + NOISE, more=[days], time="at")
    for before in (of_numbers, of_dates):
        assert settled(before, np.arange(ROWS)).times is before.times
