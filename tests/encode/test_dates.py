"""Dates to numbers."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from messy_tables import by_the_clock

from honed.encode import dates
from honed.encode.encoder import Encoder, fit
from honed.errors import InputError
from honed.table.columns import infer
from honed.table.read import Table

ROWS = 60
START = datetime(2019, 1, 1)
FRAME = pl.DataFrame(
    {
        "made": [f"{START + timedelta(days=20 * row, hours=row % 24):%d/%m/%Y %H:%M}" for row in range(ROWS)],
        "sold": [
            None if row % 9 == 8 else f"{START + timedelta(days=21 * row):%Y-%m-%d}" for row in range(ROWS)
        ],
        "opens": [f"{row % 12 + 7:02d}:{row % 4 * 15:02d}" for row in range(ROWS)],
        "size": [str(row % 7) for row in range(ROWS)],
        "price": [str(row * 1.25) for row in range(ROWS)],
    }
)
SCHEMA = infer(Table(FRAME, "t.csv", ""), "price")
READ = SCHEMA.read(FRAME)
TABLE = Table(READ, "t.csv", "")
KINDS = {column.name: column for column in SCHEMA.columns}


def trained(rows=None, **options) -> Encoder:
    return fit(TABLE, SCHEMA, np.arange(ROWS) if rows is None else np.asarray(rows), **options)


def test_widths_come_from_the_schema():
    assert [column.kind for column in SCHEMA.columns] == ["date", "date", "date", "numeric"]
    plain = sum(len(KINDS[name].parts) for name in ("made", "sold", "opens"))
    turned = 2 * sum(len(date.circles) for date in trained().dates)
    for rows in (range(ROWS), [3], [8, 17]):
        encoder = trained(rows)
        encoded = encoder.encode(READ)
        assert encoder.inputs == (
            1 + plain + 1,
            1 + turned,
            (),
            (),
            (),
        )  # a number, a difference, an indicator
        assert encoded.numeric.shape == (ROWS, sum(encoder.inputs[:2]))
        assert np.isfinite(encoded.numeric).all()


def test_numbers_and_circles_are_where_they_are_said():
    encoder = trained(scaling="none")
    numeric = encoder.encode(READ).numeric
    names = [("size",), *dates.plain_names(encoder.dates)]
    difference = numeric[:, names.index(("made", "sold"))]
    assert difference[5] == pytest.approx(-5 + 5 / 24)
    assert difference[8] == 0  # one of the two is missing
    place = encoder.inputs.continuous
    np.testing.assert_array_equal(numeric[:, place], [float(row % 9 == 8) for row in range(ROWS)])
    circles = dates.turned_names(encoder.dates)
    start = place + 1 + circles.index("opens")
    angle = 2 * np.pi * np.array([row % 12 + 7 + row % 4 * 0.25 for row in range(ROWS)]) / 24
    np.testing.assert_allclose(numeric[:, start : start + 2].T, [np.sin(angle), np.cos(angle)], atol=1e-6)


def clocks(minutes: np.ndarray) -> list[str]:
    return [f"{minute // 60 % 24:02}:{minute % 60:02}" for minute in minutes.tolist()]


def test_differences_of_times_of_day_go_over_midnight():
    rng = np.random.default_rng(0)
    left, took = rng.integers(0, 1440, 300), rng.integers(5, 600, 300)
    words = {"left": clocks(left), "came": clocks(left + took), "seen": clocks(rng.integers(0, 1440, 300))}
    frame = pl.DataFrame(words | {"y": [str(place) for place in range(300)]})
    schema = infer(Table(frame, "t.csv", ""), "y")
    read = schema.read(frame)
    encoder = fit(Table(read, "t.csv", ""), schema, np.arange(300), scaling="none")
    names = dates.plain_names(encoder.dates)
    found = encoder.encode(read).numeric
    np.testing.assert_allclose(found[:, names.index(("left", "came"))], -took / 1440, atol=1e-6)
    # what lies at all distances is told as it is, from midnight to midnight
    assert np.ptp(found[:, names.index(("left", "seen"))]) > 1.5
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.dates == encoder.dates and len(encoder.dates[0].lows) == 2
    before = replace(encoder, dates=tuple(replace(date, lows=()) for date in encoder.dates))
    assert np.ptp(before.encode(read).numeric[:, names.index(("left", "came"))]) > 0.5


def test_differences_are_told_from_anywhere_on():
    at = np.array([23.5, 0.25, 12.0, np.nan]) * 3_600_000_000
    for low in (None, -1.9, -0.5, 0.3, 1.2):
        one, other = np.repeat(at, len(at)), np.tile(at, len(at))
        found, whole = dates.between(one, other, low), (one - other) / dates.DAY
        turns = found - whole
        np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)
        if low is not None:
            known = found[~np.isnan(found)]
            assert len(known) == 9 and (known >= low).all() and (known < low + 1).all()


@pytest.mark.parametrize("shift", [0, -4, 30])
def test_differences_that_never_cross_midnight_stay_as_they_are(shift: int):
    opens = 420 + np.arange(60) * 3
    prices = [str(place * 1.25) for place in range(60)]
    frame = pl.DataFrame({"opens": clocks(opens), "closes": clocks(opens + 780 + shift), "price": prices})
    schema = infer(Table(frame, "t.csv", ""), "price")
    read = schema.read(frame)
    encoder = fit(Table(read, "t.csv", ""), schema, np.arange(60), scaling="none")
    found = encoder.encode(read).numeric[:, len(dates.plain_names(encoder.dates)) - 1]
    np.testing.assert_allclose(found, -(780 + shift) / 1440, rtol=1e-6)


def test_encoder_survives_json_exactly():
    encoder = trained(time="made")
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.dates == encoder.dates
    np.testing.assert_array_equal(again.encode(READ).numeric, encoder.encode(READ).numeric)
    assert type(SCHEMA).from_json(json.loads(json.dumps(SCHEMA.to_json()))) == SCHEMA


def test_only_training_rows_teach():
    rows = np.arange(30)
    made = pl.when(pl.int_range(ROWS) < 30).then("made").otherwise(datetime(2050, 1, 1))
    changed = READ.with_columns(made.alias("made"))
    other = fit(Table(changed, "t.csv", ""), SCHEMA, rows)
    assert trained(rows).to_json() == other.to_json()


def test_dates_beyond_training_may_be_held_at_its_edge():
    rows = np.arange(20)
    later = READ[40:]
    free, held = trained(rows, scaling="none"), trained(rows, scaling="none", time="made")
    names = [("size",), *dates.plain_names(free.dates)]
    first, year = names.index(("made",)), names.index(("made",)) + 1
    assert KINDS["made"].parts[:2] == ("elapsed", "year")
    assert (free.encode(later).numeric[:, first] > 700).all()
    np.testing.assert_allclose(held.encode(later).numeric[:, first], 19 * 20 + 19 / 24, rtol=1e-6)
    assert (held.encode(later).numeric[:, year] == 2020).all()
    rest = slice(year + 1, names.index(("sold",)))  # month, day, weekday and hour return
    np.testing.assert_array_equal(held.encode(later).numeric[:, rest], free.encode(later).numeric[:, rest])
    said = held.said_of(held.beyond(later))
    assert (
        "Column 'made': 20 cells of 20 later than all of training, whose last is 2020-01-16 19:00." in said[0]
    )
    assert "held" in said[0] and "held" not in free.said_of(free.beyond(later))[0]
    assert not held.said_of(held.beyond(READ[:20]))


def test_a_number_that_says_when_rows_were_is_held_too():
    held = trained(range(6), scaling="none", time="size")  # 0 to 5
    free = trained(range(6), scaling="none")
    asked = READ.with_columns(pl.Series("size", [None, "6", "3", "-2", *["5"] * (ROWS - 4)]))
    np.testing.assert_array_equal(held.encode(asked).numeric[:4, 0], [0, 5, 3, 0])
    np.testing.assert_array_equal(free.encode(asked).numeric[:4, 0], [0, 6, 3, -2])
    said = "Column 'size': 1 cell of 59 above all of training, whose largest is 5. It counts as it."
    assert held.said_of(held.beyond(asked))[-1] == said and said not in free.said_of(free.beyond(asked))
    assert Encoder.from_json(json.loads(json.dumps(held.to_json()))).held == held.held


def test_of_a_few_dates_beyond_others_nothing_is_said_where_none_is_held():
    free, held = trained(range(58)), trained(range(58), time="made")
    assert not free.said_of(free.beyond(READ))
    said = held.said_of(held.beyond(READ))[0]
    assert "'made': 2 cells of 60 later" in said
    halves = [held.beyond(part) for part in (READ[:59], READ[59:])]
    assert held.said_of({"made": halves[0]["made"].and_of(halves[1]["made"])}) == [said]
    assert set(held.beyond(READ.drop("made", "sold", "size"))) == {"opens"}  # `encode` says what is wrong


def test_what_is_no_date_is_named_with_its_row():
    frame = FRAME.with_columns(pl.Series("made", [*FRAME["made"][:4], "yesterday", *FRAME["made"][5:]]))
    with pytest.raises(InputError, match="Column 'made', row 5: 'yesterday' is no date"):
        trained().encode(SCHEMA.read(frame))
    with pytest.raises(InputError, match="no column 'sold'"):
        trained().encode(READ.drop("sold"))


def test_a_table_of_a_date_alone_has_inputs():
    frame = pl.DataFrame({name: cells for name, cells in by_the_clock().items() if name != "x"})
    schema = infer(Table(frame, "t.csv", ""), "y")
    encoder = fit(Table(schema.read(frame), "t.csv", ""), schema, np.arange(frame.height))
    assert encoder.inputs == (3, 4, (), (), ())  # time since the first, weekday and hour, and two circles


def test_rows_one_by_one_are_counted_and_encoded_as_all_together() -> None:
    encoder = trained(range(20), time="size")
    rows = SCHEMA.read(FRAME)
    whole, alone = encoder.encode(rows), [encoder.encode(rows[row : row + 1]) for row in range(ROWS)]
    np.testing.assert_array_equal(np.concatenate([part.numeric for part in alone]), whole.numeric)
    found = encoder.beyond(rows)
    for name, total in found.items():
        own = [encoder.beyond(rows[row : row + 1])[name] for row in range(ROWS)]
        assert tuple(map(sum, zip(*own, strict=True))) == total
