"""Numbers with units and marks in an exported script are those that honed reads."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.families.exports.parts import written as parts
from honed.families.exports.parts.written import Written
from honed.table import durations, marks, quantities, reading
from honed.table.cells import numbers
from honed.table.quantities import File
from honed.table.reading import Reading

CELLS = (
    "$1,250.00", "1.250,00", "1,921", "1.921", "1 250", "1'250.5", "(5)", "-$3", "€4", "81.3 kg",
    "81,3 Kg", "12 %", "12%",
    "0.5", "1.2M", "3k", "10-20k", "5–9", "5 to 9", "2h 50m", "3 days 04:00:00", "PT2H50M", "P1DT4S", "PT",
    "90 min", "79:48:00", "49:48", "1:57.137", "-1:02:03.5", "1:60", "1:2", "<500", "~ 3", "about 7", "1980s",
    "12 m2", "7 years", "7 Year", "NA", "", "?", "odd", "12 am", "1e5", "8,444e-01", "8.444e-01", "US$ 7", "7 USD",
    "1,2,3", "12,34,567", "5 kg or so", "007-009", "40-35", "-5-3", "35-35", "35 - 40", "1-1234567890123456", "<5-7",
)  # fmt: skip
READINGS = (
    Reading("quantity", unit="$"),
    Reading("quantity", unit="$", grouped=True),
    Reading("quantity", unit="kg", decimal="comma"),
    Reading("quantity", unit="", decimal="comma", grouped=True),
    Reading("quantity", unit="%"),
    Reading("quantity", unit="minutes", shape="duration"),
    Reading("quantity", unit="", shape="range"),
    Reading("quantity", unit="", shape="bound"),
    Reading("quantity", unit="decades"),
    Reading("quantity", unit="years", missing=("7 Year", "-1")),
)


UNITS = (
    "", "kg", "Kg", "KG", "kg.", "years", "Year", "mW", "MW", "m", "m2", "m^3", "k", "K", "M", "mn", "Million", "B",
    "bn", "b", "k USD", "+ kg", "x", "of 5", "am", "March", "Sunday", "a b c", "a b c d", "abcdefghijklmnopqrstu",
    "km/h", "a2",
)  # fmt: skip


def test_what_a_number_looks_like_is_what_honed_knows() -> None:
    own = [
        parts.WRITTEN,
        parts.RANGE,
        parts.CODE,
        parts.BOUND,
        parts.SCALE,
        parts.UNIT,
        parts.POWER,
        parts.NO_UNIT,
    ]
    known = [
        quantities._CELL,
        quantities._RANGE,
        quantities._CODE,
        quantities._BOUND,
        quantities._SCALE.pattern,
    ]
    known += [quantities._UNIT.pattern, quantities._POWER.pattern, quantities._NO_UNIT.pattern]
    own += [
        parts.DURATION,
        parts.ISO_SPAN,
        parts.SPAN,
        parts.CLOCK_SPAN,
        *(parts.WAYS[way] for way in marks._WAYS),
    ]
    known += [durations._DURATION, durations._ISO, durations._SPAN, durations._CLOCK, *marks._WAYS.values()]
    assert [look.pattern for look in own] == known
    assert parts.SCALES == quantities._SCALES
    assert {name: seconds for name, seconds, _ in durations._PARTS} == parts.SECONDS


@pytest.mark.parametrize("before", ["", "$"])
def test_a_unit_is_the_one_that_honed_finds(before: str) -> None:
    for word in UNITS:
        assert parts.unit_of(before, word) == quantities._unit(before, word), word
        assert parts.same_unit(word) == quantities._folded(word)


def written(how: Reading) -> Written:
    return Written(how.unit, how.shape, how.decimal, how.grouped, how.missing)


@pytest.mark.filterwarnings("ignore::honed.errors.DataWarning")
@pytest.mark.parametrize("how", READINGS, ids=lambda how: f"{how.shape} {how.unit} {how.decimal}")
def test_a_number_is_the_one_that_honed_reads(how: Reading) -> None:
    own = written(how)
    for cell in CELLS:
        found = reading.values(pl.Series("a", [cell]), how, is_number=True)
        try:
            expected = numbers(found)
        except InputError:
            with pytest.raises(ValueError, match="is not a number"):
                own.read([cell], "a")
        else:
            np.testing.assert_array_equal(own.read([cell], "a"), expected, err_msg=cell)


@pytest.mark.parametrize("decimal", ["point", "comma"])
@pytest.mark.parametrize("grouped", [False, True])
def test_cells_that_can_be_read_in_two_ways_are_read_as_those_beside_them(decimal, grouped: bool) -> None:
    columns = (
        ["1,921", "0,5"],
        ["1.921", "0.5"],
        ["1,921"],
        ["1.921"],
        ["1,921", "1.921"],
        ["1,921", "0,5", "0.5"],
    )
    others = (["2,5"], ["2.5"], ["7"], ["2,5", "2.5"])
    how = Reading("quantity", unit="$", decimal=decimal, grouped=grouped)
    for cells in columns:
        for other in others:
            given = [*cells, *["3 $"] * len(other)]
            beside = [*other, *["1"] * len(cells)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                file = File([pl.Series("a", given), pl.Series("b", beside)])
                found = quantities.values(pl.Series("a", given), how.writing, how.unit, file)
            own = written(how).read(given, "a", {"a": given, "b": beside})
            np.testing.assert_array_equal(own, found.to_numpy(), err_msg=f"{given} {beside}")


def test_numbers_that_have_a_type_are_taken_as_they_are() -> None:
    np.testing.assert_array_equal(Written("%", decimal="comma").read([1.5, None, 2], "a"), [1.5, np.nan, 2])
