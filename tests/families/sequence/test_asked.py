"""Sequences to predict."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from waves import archive, table, waves

from honed.errors import InputError
from honed.families.sequence.asked import asked, odd
from honed.families.sequence.encoder import SequenceEncoder
from honed.families.sequence.measured import lengthened, of_arrays
from honed.families.sequence.source import from_files
from honed.family import HowRead
from honed.search.options import Options


def learned(path: Path, target: str = "y", **own: str) -> tuple[SequenceEncoder, Options]:
    options = Options(str(path), target, own=own or None)
    source = from_files(options, {})
    return source.learn(np.arange(len(source.y))), options


def test_an_archive_is_answered_by_number(tmp_path: Path) -> None:
    encoder, options = learned(archive(tmp_path / "a.npz"))
    schema = from_files(options, {}).schema
    found = asked(str(archive(tmp_path / "b.npz", 9, 1)), schema, encoder)
    assert found.count == 9 and list(found.beside["sequence"]) == list(range(1, 10))
    assert found.truth is not None and set(found.truth) == {"slow", "quick"}
    np.savez(tmp_path / "c.npz", X=np.zeros((2, 5, 3)))
    with pytest.raises(InputError, match="have 3 channels"):
        asked(str(tmp_path / "c.npz"), schema, encoder)


def test_a_long_table_is_answered_by_its_ids(tmp_path: Path) -> None:
    table().write_csv(tmp_path / "t.csv")
    encoder, options = learned(tmp_path / "t.csv", "speed", sequence="who", step="second")
    frame = table(9, 1)
    frame.drop("speed").write_csv(tmp_path / "new.csv")
    found = asked(str(tmp_path / "new.csv"), from_files(options, {}).schema, encoder)
    assert (
        found.truth is None
        and list(found.beside["who"]) == frame["who"].unique(maintain_order=True).to_list()
    )


def test_a_long_table_may_be_a_sheet_and_arrays_are_none(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    path, own = str(tmp_path / "t.xlsx"), {"sequence": "who", "step": "second"}
    for name, frame in (("t", table(9)), ("v", table(9).with_columns(pl.col(pl.Float64) * 2))):
        with xlsxwriter.Workbook(tmp_path / f"{name}.xlsx") as book:
            book.add_worksheet("notes").write(0, 0, "made by hand")
            sheet = book.add_worksheet("rows")
            for place, row in enumerate([frame.columns, *frame.rows()]):
                sheet.write_row(place, 0, row)
    given = str(tmp_path / "v.xlsx")
    source = from_files(Options(path, "speed", own=own, sheet="rows", valid=given), {})
    assert len(source.y) == 18
    encoder = source.learn(np.arange(9))
    for how in (HowRead(sheet="rows"), HowRead(usual_sheet="rows")):
        assert asked(path, source.schema, encoder, how).count == 9
    encoder, options = learned(archive(tmp_path / "a.npz"))
    with pytest.raises(InputError, match="--sheet rows says how a table is read, and"):
        asked(options.data, source.schema, encoder, HowRead(sheet="rows"))
    with pytest.raises(InputError, match="--sheet is about a table"):
        from_files(Options(options.data, "y", sheet="rows"), {})


def test_gaps_and_far_longer_sequences_are_strange(tmp_path: Path) -> None:
    encoder, _ = learned(archive(tmp_path / "a.npz"))
    X = waves(5)[0]
    assert odd(encoder, of_arrays(X)) == []
    X[2, 3] = np.nan
    (said,) = odd(encoder, of_arrays(X))
    assert said.startswith("In 1 sequence of 5 some steps are missing")
    long = np.zeros((3, 60, 2))
    assert "3 sequences of 3 are more than twice as long" in odd(encoder, of_arrays(long))[0]
    assert odd(encoder, lengthened(of_arrays(waves(5)[0]), 60)) == []
