"""New rows behind those of a run, read as its model reads them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.families.table.grown import grown, seen
from honed.families.table.source import TableSource
from honed.search.options import Options, Refit
from honed.table.batches import LARGE_BYTES
from honed.table.read import read

OLD = pl.DataFrame(
    {
        "price": ["€ 1.000,50", "€ 1.250,25", "€ 990,00", "n/a"] * 10,
        "day": ["03/04/2020", "25/04/2020", "01/05/2020", "02/05/2020"] * 10,
        "site": [f"s{row // 4}" for row in range(40)],
        "kind": ["oak", "elm"] * 20,
        "flag": ["0", "1", "0", "1", "1"] * 8,
        "sold": ["yes", "no", "yes", "yes"] * 10,
    }
)


def options(tmp_path: Path, new: pl.DataFrame, name: str = "new.csv") -> Options:
    """Those of more rows of a table of which a run has learned."""
    OLD.write_csv(tmp_path / "old.csv")
    (new.write_csv if name.endswith(".csv") else new.write_parquet)(tmp_path / name)
    first = TableSource.of(read(tmp_path / "old.csv"), Options("old.csv", "sold", group="site"))
    said = Refit("run", first.fingerprint, first.schema.to_json(), ())
    return Options(str(tmp_path / "old.csv"), "sold", more=(str(tmp_path / name),), refit=said)


def new_rows() -> pl.DataFrame:
    day = pl.Series(["12/12/2020"] * 12)
    return OLD.head(12).with_columns(day=day, site=pl.lit("s100"), kind=pl.lit("yew"))


def test_cells_are_read_as_those_of_the_old_table(tmp_path: Path) -> None:
    source = grown(options(tmp_path, new_rows()), {})
    found = source.take(np.arange(52))
    assert found["price"][:4].to_list() == found["price"][40:44].to_list() == [1000.5, 1250.25, 990, None]
    assert found["day"][40].isoformat().startswith("2020-12-12")
    assert source.y.tolist() == [1, 0, 1, 1] * 13
    assert source.given is not None and source.given.tolist() == list(range(40, 52))
    assert source.groups is not None and len(set(source.groups[40:].tolist())) == 1


def test_a_file_with_types_is_read_beside_one_of_texts(tmp_path: Path) -> None:
    price = pl.Series([1234.5] * 11 + [None])
    typed = new_rows().with_columns(day=pl.lit(date(2020, 12, 1)), price=price, flag=pl.lit(None))
    found = grown(options(tmp_path, typed, "new.parquet"), {}).take(np.arange(52))
    assert found["price"][:4].to_list() == [1000.5, 1250.25, 990, None]
    assert found["price"][40:].to_list() == price.to_list()
    assert [day.isoformat()[:10] for day in (found["day"][0], found["day"][40])] == [
        "2020-04-03",
        "2020-12-01",
    ]
    assert found["flag"][40:].null_count() == 12


def test_words_that_the_run_does_not_know_are_told(tmp_path: Path) -> None:
    (note,) = grown(options(tmp_path, new_rows()), {}).notes
    assert "has cells in column 'kind' that the run does not know" in note
    assert not grown(options(tmp_path, new_rows().with_columns(kind=pl.lit("elm"))), {}).notes


def test_of_equal_rows_as_many_are_known_as_the_old_table_has(tmp_path: Path) -> None:
    known, given = (
        pl.Series(rows, dtype=pl.UInt64).to_numpy() for rows in ([4, 7, 8, 9], [9, 7, 7, 9, 5, 4])
    )
    assert seen(known, given).tolist() == [True, True, False, False, False, True]


def test_rows_that_were_left_out_once_stay_so_when_more_come(tmp_path: Path) -> None:
    numbered = OLD.with_columns(price=pl.Series([f"€ {row},5" for row in range(40)]))
    asked = options(tmp_path, new_rows().with_columns(price=pl.lit("€ 99")))
    numbered.write_csv(tmp_path / "old.csv")
    pl.concat([numbered, new_rows()]).write_csv(tmp_path / "between.csv")
    found = grown(replace(asked, more=(str(tmp_path / "between.csv"), *asked.more)), {})
    assert len(found.y) == 40 + 12 + 12
    assert found.given is not None and len(found.given) == 12


def test_columns_that_only_the_old_table_has_do_not_make_its_rows_new(tmp_path: Path) -> None:
    numbered = OLD.with_columns(price=pl.Series([f"€ {row},5" for row in range(40)]), idle=pl.lit("x"))
    asked = options(tmp_path, pl.concat([numbered.drop("idle"), new_rows()]))
    numbered.write_csv(tmp_path / "old.csv")
    source = grown(asked, {})
    assert source.given is not None and source.places[source.given].tolist() == list(range(80, 92))
    assert any("Left out 40 rows" in note for note in source.notes)


def test_the_same_file_and_one_that_is_too_large_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"new\.csv is a table that the run has learned from already"):
        grown(options(tmp_path, OLD), {})
    asked = options(tmp_path, new_rows())
    os.truncate(tmp_path / "new.csv", LARGE_BYTES + 1)
    with pytest.raises(InputError, match=r"new\.csv is too large to be held in memory"):
        grown(asked, {})


def test_rows_without_a_target_are_left_out(tmp_path: Path) -> None:
    new = new_rows().with_columns(sold=pl.Series(["yes", None] * 6))
    source = grown(options(tmp_path, new), {})
    assert len(source.y) == 46 and source.schema.dropped_rows == 6
    assert source.given is not None and source.places[source.given].tolist() == list(range(40, 52, 2))


def test_a_class_that_is_not_known_is_refused(tmp_path: Path) -> None:
    new = new_rows().with_columns(sold=pl.Series(["perhaps"] * 2 + ["no"] * 10))
    with pytest.raises(InputError, match=r"has rows of 'perhaps'.*no output for another class"):
        grown(options(tmp_path, new), {})


@pytest.mark.parametrize("column", ["price", "day", "flag"])
def test_the_place_of_a_bad_cell_is_that_in_its_own_file(column: str, tmp_path: Path) -> None:
    new = new_rows()
    new = new.with_columns(new[column].set(pl.Series([False] * 11 + [True]), "cheap"))
    with pytest.raises(InputError, match=rf"new\.csv: Column '{column}', row 12: 'cheap'"):
        grown(options(tmp_path, new), {})


def test_each_of_several_targets_has_its_values(tmp_path: Path) -> None:
    asked = options(tmp_path, new_rows().with_columns(flag=pl.Series(["1", None] * 6)))
    both = Options("old.csv", "sold", group="site", further=("flag",))
    schema = TableSource.of(read(tmp_path / "old.csv"), both).schema
    assert asked.refit is not None
    asked = replace(asked, further=("flag",), refit=replace(asked.refit, schema=schema.to_json()))
    source = grown(asked, {})
    assert source.y.tolist() == [1, 0, 1, 1] * 10 + [1, 1] * 3
    assert [own.y.tolist() for own in source.further] == [[0, 1, 0, 1, 1] * 8 + [1] * 6]
    new_rows().drop("flag").write_csv(tmp_path / "new.csv")
    with pytest.raises(InputError, match="has no column 'flag', the target"):
        grown(asked, {})
    new_rows().with_columns(flag=pl.lit("7")).write_csv(tmp_path / "new.csv")
    with pytest.raises(
        InputError, match="has rows of '7' in 'flag', and the run has learned to tell '0', '1'"
    ):
        grown(asked, {})
    new_rows().with_columns(flag=pl.lit(None)).write_csv(tmp_path / "new.csv")
    with pytest.raises(InputError, match="one of the targets 'sold', 'flag' is missing in every row"):
        grown(asked, {})
