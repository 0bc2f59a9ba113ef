"""Codes for missing among numbers are empty cells where a fit shows that it helps."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.families.table.coded import settled
from honed.families.table.source import TableSource
from honed.search.options import Options
from honed.table.cells import numbers
from honed.table.read import Table


def source(code: object = -999, *, is_told: bool = True, **said: Any) -> TableSource:
    """A source whose column `x` holds the code in 40 of 400 rows, as texts; the target follows `x` if `is_told`."""
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=400), rng.normal(size=400)
    cells = [str(code) if row % 10 == 3 else f"{value:.4f}" for row, value in enumerate(x)]
    y = 3 * x + 0.1 * noise if is_told else noise
    frame = pl.DataFrame({"x": cells, "z": rng.normal(size=400), "y": y})
    return TableSource.of(Table(frame, "t.csv", ""), Options(data="t.csv", target="y", **said))


def test_a_code_that_hurts_is_missing_and_said():
    before = source()
    after = settled(before, np.arange(400))
    column = after.schema.columns[0]
    assert before.schema.columns[0].apart == (-999,)
    assert (column.apart, column.missing, column.reading.missing) == ((), 40, ("-999",))
    assert column.reason.endswith("40 cells '-999' were taken as empty")
    there = numbers(after.table.frame["x"])
    span = f"{np.nanmin(there):g} to {np.nanmax(there):g}"
    assert column.reason.startswith(
        f"every cell that is not empty is a number, {column.distinct} distinct from {span};"
    )
    assert np.isnan(numbers(after.table.frame["x"])).sum() == 40
    (note,) = after.notes
    assert "'x': -999 stands far from all other numbers and is taken as missing" in note
    assert "--numeric x" in note


def test_a_later_table_is_read_the_same_way():
    after = settled(source(), np.arange(400))
    assert after.schema.read(pl.DataFrame({"x": ["-999.0", "1.5"]}))["x"].to_list() == [None, 1.5]
    assert after.schema.read(pl.DataFrame({"x": [-999, 2]}))["x"].to_list() == [None, 2]


@pytest.mark.parametrize(
    "other",
    [
        lambda: source(is_told=False),
        lambda: source(numeric=("x",)),
        lambda: source(-2),
        lambda: source(missing=("-999",)),
    ],
)
def test_other_sources_stay_as_they_are(other):
    given = other()
    after = settled(given, np.arange(400))
    assert after.schema == given.schema and after.notes == given.notes


def test_rows_that_are_kept_back_have_no_say():
    given = source()
    own = pl.int_range(400) < 200
    frame = given.table.frame.with_columns(pl.when(own).then(pl.lit("0.5")).otherwise("x").alias("x"))
    half = TableSource(Table(frame, "t.csv", ""), given.schema, given.y, given.places)
    assert settled(half, np.arange(200, 400)).notes
    assert not settled(half, np.arange(200)).notes
