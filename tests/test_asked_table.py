"""A table for a model."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest
from small_models import FRAME, model

from honed import asked_table


def test_a_small_table_is_read_whole_and_what_was_understood_is_said(tmp_path: Path) -> None:
    fitted, said = model("kind"), list[str]()
    (tmp_path / "t.csv").write_text(FRAME.write_csv(separator=";"))
    path = str(tmp_path)
    assert asked_table.in_batches(tmp_path, fitted, path, False) is None
    table = asked_table.whole(tmp_path, fitted, path, False, said.append)
    assert table.frame.height == FRAME.height
    assert "t.csv" in said[0]


def test_the_sheet_of_the_run_is_read_however_a_workbook_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fastexcel")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    run, path = tmp_path / "run", tmp_path / "book.xlsx"
    run.mkdir()
    (run / "run.json").write_text(json.dumps({"options": {"sheet": "rows"}}))
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("notes").write(0, 0, "made by hand")
        sheet = book.add_worksheet("rows")
        for place, row in enumerate([FRAME.columns, *FRAME.head(9).rows()]):
            sheet.write_row(place, 0, row)
    (tmp_path / "book.gz").write_bytes(gzip.compress(path.read_bytes()))
    (tmp_path / "plain.csv").write_text(FRAME.head(9).write_csv())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    for name in (
        str(path),
        str(tmp_path / "book.gz"),
        str(tmp_path / "*.xlsx"),
        "-",
        str(tmp_path / "*.csv"),
    ):
        table = asked_table.whole(run, model("kind"), name, False, lambda _: None)
        assert table.frame["colour"].to_list() == FRAME["colour"].head(9).to_list(), name
