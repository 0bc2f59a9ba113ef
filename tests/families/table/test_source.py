"""The rows of a table that have a target, by position; the checks of files are in `tests/search/test_prepare.py`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from messy_tables import csv, herd, usual

from honed.errors import DataWarning, InputError
from honed.families.table.source import TableSource, from_files
from honed.search.options import Options
from honed.table.read import Table, from_frame

FRAME = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "y": [0.5, None, 1.5, 2.5, 3.5, 4.5]})


def test_positions_are_of_rows_with_a_target() -> None:
    source = TableSource.of(from_frame(FRAME), Options("memory", "y"))
    np.testing.assert_array_equal(source.places, [0, 2, 3, 4, 5])
    np.testing.assert_array_equal(source.y, [0.5, 1.5, 2.5, 3.5, 4.5])
    assert source.take(np.array([1, 0]))["x"].to_list() == [3.0, 1.0]
    assert source.take(np.arange(5))["x"].to_list() == [1.0, 3.0, 4.0, 5.0, 6.0]


def test_of_several_targets_the_rows_that_have_all_come_with_each() -> None:
    kinds = ["a", "b", None, "b", "a", "b"]
    frame = FRAME.with_columns(kind=pl.Series(kinds))
    source = TableSource.of(from_frame(frame), Options("memory", "y", further=("kind",)))
    np.testing.assert_array_equal(source.places, [0, 3, 4, 5])
    np.testing.assert_array_equal(source.y, [0.5, 2.5, 3.5, 4.5])
    (other,) = source.further
    np.testing.assert_array_equal(other.y, [0, 1, 0, 1])
    first, second = source.of_each()
    assert (first.schema.target.name, first.further) == ("y", ())
    assert (second.schema.target.name, second.schema.further) == ("kind", ())
    assert second.y is other.y
    both = Options("memory", "y", further=("kind",))
    for options in (replace(both, time="kind"), replace(both, fold="kind"), replace(both, group="kind")):
        with pytest.raises(InputError, match="'kind' is both"):
            TableSource.of(from_frame(frame), options)


def test_how_the_files_were_read_is_told(tmp_path: Path) -> None:
    data, valid = tmp_path / "t.csv", tmp_path / "v.csv"
    data.write_text(csv(usual(), above="# made by hand\n", below="Total,999999,999999\n"))
    valid.write_bytes(csv(usual(seed=1), above="Report\n").encode("utf-16"))
    options = Options(str(data), "price", valid=str(valid))
    with pytest.warns(DataWarning, match="looks like a total") as caught:
        source = from_files(options, {})
    assert len(caught) == 1
    assert source.table.frame.height == 2 * len(usual()["price"])
    assert [note.split(": ")[0] for note in source.notes] == [str(data), str(valid), str(valid)]
    moved = valid.rename(tmp_path / "moved.csv")
    with pytest.raises(InputError, match="line 2 has 3 cells where the header has 1"):
        from_files(replace(options, as_is=True), {"valid": str(moved)})


def test_all_rows_in_another_order_come_in_that_order() -> None:
    source = TableSource.of(from_frame(FRAME.drop_nulls()), Options("memory", "y"))
    assert source.take(np.arange(5)).equals(source.table.frame)
    assert source.take(np.arange(5)[::-1])["x"].to_list() == [6.0, 5.0, 4.0, 3.0, 1.0]


def test_dates_of_a_validation_table_are_read_as_those_of_the_first() -> None:
    days = [datetime(2018, 1, 1) + timedelta(days=day) for day in range(60)]
    first = pl.DataFrame({"when": [f"{day:%d/%m/%Y}" for day in days], "y": np.arange(60.0) / 7})
    given = pl.DataFrame({"when": [f"{day:%d/%m/%Y}" for day in days[:9]], "y": np.arange(9.0) / 6 + 0.1})
    typed = given.with_columns(when=pl.Series(days[:9]))
    for other in (given, typed):
        source = TableSource.of(
            from_frame(first), Options(data="t.csv", target="y", valid="v.csv"), from_frame(other)
        )
        assert source.schema.columns[0].kind == "date"
        assert source.table.frame["when"].to_list() == days + days[:9]


@pytest.mark.parametrize(
    ("cell", "said"), [("80 lb", "row 2: '80 lb' is not a number"), ("80,5 kg", "otherwise than")]
)
def test_a_given_row_with_another_unit_or_mark_is_refused(cell, said):
    frame = pl.DataFrame({"x": [f"{row}.5 kg" for row in range(40)], "y": [row * 0.5 for row in range(40)]})
    given = pl.DataFrame({"x": ["7.5 kg", cell, "9.5 kg"], "y": [1.5, 2.5, 3.5]})
    options = Options(data="t.csv", target="y", valid="v.csv")
    with pytest.raises(InputError, match=said):
        TableSource.of(Table(frame, "t.csv", ""), options, Table(given, "v.csv", ""))
    same = TableSource.of(
        Table(frame, "t.csv", ""), options, Table(given.filter(pl.col("y") != 2.5), "v.csv", "")
    )
    assert same.schema.columns[0].reading.unit == "kg"


def test_given_rows_that_the_table_holds_choose_nothing(tmp_path: Path) -> None:
    data, valid = tmp_path / "t.csv", tmp_path / "v.csv"
    data.write_text(csv(usual()))
    new = csv(usual(seed=1))
    valid.write_text(new)
    options = Options(str(data), "price", valid=str(valid))
    source = from_files(options, {})
    assert source.given is not None and not source.notes
    valid.write_text(new + "".join(csv(usual()).splitlines(keepends=True)[1:20]))
    other = from_files(options, {})
    assert other.given is not None and other.given.tolist() == source.given.tolist()
    (note,) = other.notes
    assert note.startswith(f"Left out 19 rows of {valid} that are rows of {data} too, target included")
    valid.write_text(csv(usual()))
    with pytest.raises(InputError, match=r"All \d+ rows of .*v\.csv are rows of .*t\.csv too"):
        from_files(options, {})


def test_repeated_rows_that_chance_explains_are_no_warning() -> None:
    few = pl.DataFrame({"x": [0.0, 1.0, 2.0] * 20, "y": ["a", "b", "b"] * 20})
    source = TableSource.of(from_frame(few), Options("memory", "y", valid="more"), from_frame(few.head(9)))
    assert source.given is not None and len(source.given) == 9


def by_day(*empty: int) -> pl.DataFrame:
    days = [None if row in empty else datetime(2021, 1, 1) + timedelta(days=row) for row in range(60)]
    return pl.DataFrame({"at": days, "x": np.sin(np.arange(60)), "y": np.cos(np.arange(60))})


def test_some_empty_times_are_told_where_the_others_order_the_rows() -> None:
    frame = by_day(3, 7, 11, 30, 50, 51)
    source = TableSource.of(from_frame(frame), Options("memory", "y"))
    assert source.times is None
    (note,) = [note for note in source.notes if "6 cells of it are empty" in note]
    assert "by 'at', for the rows lie in its order" in note
    assert not TableSource.of(from_frame(frame), Options("memory", "y", no_time=True)).notes


def test_rows_with_few_empty_times_follow_time() -> None:
    source = TableSource.of(from_frame(by_day(7)), Options("memory", "y"))
    assert source.times is not None and np.flatnonzero(np.isnan(source.times.values)).tolist() == [7]


def test_numbers_that_name_groups_are_levels_unless_rows_are_shared_out_as_asked() -> None:
    table = from_frame(pl.DataFrame(herd()))
    source = TableSource.of(table, Options("memory", "weight"))
    assert source.probable is not None and source.probable.name == "pig"
    assert [(c.name, c.kind) for c in source.schema.columns] == [
        ("pig", "categorical"),
        ("start", "numeric"),
        ("feed", "numeric"),
    ]
    (note,) = (note for note in source.notes if "'pig'" in note)
    assert "20 whole numbers name groups" in note and "new groups" in note
    for other in (
        Options("memory", "weight", numeric=("pig",)),
        Options("memory", "weight", group="start"),
        Options("memory", "weight", no_time=True),
    ):
        as_asked = TableSource.of(table, other)
        assert as_asked.schema.columns[0].kind == "numeric"
        assert not any("whole numbers name" in note for note in as_asked.notes)
