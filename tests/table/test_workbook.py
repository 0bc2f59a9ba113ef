"""Sheets of workbooks as tables: the cells of Excel's files, which sheet is read, and what is wrong with one."""

from __future__ import annotations

import datetime
import importlib
import io
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from honed.errors import InputError
from honed.table import several, workbook
from honed.table.read import read

pytest.importorskip("fastexcel")
xlsxwriter: Any = pytest.importorskip("xlsxwriter")
xlwt: Any = pytest.importorskip("xlwt")

ROWS = [
    [place, place * 0.5, f"name {place}", datetime.datetime(2024, 1, place, 10, 30)] for place in range(1, 9)
]
NAMES = ["number", "size", "word, or two", "when"]


def xlsx(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook with those sheets, each a list of rows."""
    with xlsxwriter.Workbook(path) as book:
        moment, clock, share, hours = (
            book.add_format({"num_format": f}) for f in ("yyyy-mm-dd hh:mm", "hh:mm", "0%", "[h]:mm:ss")
        )
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime.time):
                        sheet.write_datetime(place, column, cell, clock)
                    elif isinstance(cell, datetime.datetime):
                        sheet.write_datetime(place, column, cell, moment)
                    elif isinstance(cell, datetime.timedelta):
                        sheet.write_datetime(place, column, cell, hours)
                    elif isinstance(cell, tuple):
                        sheet.write(place, column, *cell, share)
                    else:
                        sheet.write(place, column, cell)
    return path


def test_a_sheet_reads_as_the_csv_file_of_its_cells(tmp_path: Path) -> None:
    table = read(xlsx(tmp_path / "t.xlsx", only=[NAMES, *ROWS]))
    written = pl.DataFrame(ROWS, schema=NAMES, orient="row").with_columns(pl.col("when").cast(pl.String))
    written.with_columns(pl.col("when").str.slice(0, 19)).write_csv(tmp_path / "t.csv")
    other = read(tmp_path / "t.csv").frame
    assert table.frame.columns == NAMES
    assert not table.is_typed and table.notes == table.doubts == ()
    assert table.frame["number"].to_list() == [str(place) for place in range(1, 9)]
    assert [float(cell) for cell in table.frame["size"]] == [float(cell) for cell in other["size"]]
    assert table.frame.select("word, or two", "when").equals(other.select("word, or two", "when"))


def test_titles_empty_rows_and_totals_are_found_as_in_any_file(tmp_path: Path) -> None:
    rows = [["Sales of a year"], [], ["region", "sold", "paid"]]
    rows += [[f"town {place % 4}", place, 10.0 * place] for place in range(1, 31)]
    rows += [["Total", sum(range(1, 31)), 10.0 * sum(range(1, 31))], [], []]
    table = read(xlsx(tmp_path / "t.xlsx", sales=rows))
    assert table.frame.columns == ["region", "sold", "paid"]
    assert table.frame.height == 30 and table.left_out == (30,)
    assert "Skipped 2 lines above the header, which is line 3" in table.doubts[0]


def test_shares_truths_clocks_and_errors_are_read_as_what_they_hold(tmp_path: Path) -> None:
    rows = [[(0.25,), place % 2 == 0, datetime.time(place, 30), "=1/0"] for place in range(1, 7)]
    frame = read(xlsx(tmp_path / "t.xlsx", only=[["share", "flag", "clock", "bad"], *rows])).frame
    assert frame["share"].to_list() == ["0.25"] * 6
    assert frame["flag"].to_list() == ["false", "true"] * 3
    assert frame["clock"].to_list() == [f"{place:02}:30:00" for place in range(1, 7)]


def test_hours_beyond_a_day_are_hours_and_days_of_1900_stay(tmp_path: Path) -> None:
    spans = [datetime.timedelta(hours=hours, seconds=0.25) for hours in (5, 27, 79, 1439, 1464, 1681)]
    born = [datetime.datetime(1900, 1, day) for day in range(2, 8)]
    mixed = [datetime.timedelta(hours=27), *[datetime.datetime(2020, 1, day, 3) for day in range(1, 6)]]
    texts = ["1900-02-30", *[datetime.time(place, 30) for place in range(1, 6)]]
    rows = [list(row) for row in zip(spans, born, mixed, texts, strict=True)]
    frame = read(xlsx(tmp_path / "t.xlsx", only=[["span", "born", "when", "clock"], *rows])).frame
    hours = [cell[:-7] for cell in frame["span"].to_list()]
    assert hours == ["05:00:00", "27:00:00", "79:00:00", "1439:00:00", "1464:00:00", "1681:00:00"]
    assert frame["born"].to_list() == [f"1900-01-{day:02} 00:00:00" for day in range(2, 8)]
    assert frame["when"].to_list()[:2] == ["1900-01-01 03:00:00", "2020-01-01 03:00:00"]
    assert frame["clock"].to_list() == ["1900-02-30", *[f"{place:02}:30:00" for place in range(1, 6)]]


@pytest.mark.parametrize(
    "cells",
    [
        [f"1900-01-0{day} 06:00:00Z" for day in range(1, 6)],
        [f"1900-{month:02}-05 06:00:00" for month in range(3, 13)],
        ["1870-05-01 03:00:00", "1900-01-02 03:00:00"],
    ],
)
def test_moments_of_a_zone_or_out_of_the_reach_of_hours_stay(cells: list[str]) -> None:
    assert workbook._cells([*cells]) == cells


def test_a_moment_with_a_zone_stays_beside_hours() -> None:
    cells = ["1900-01-01 03:00:00", "1900-01-01 06:00:00Z", "1899-12-31 05:00:00", None]
    assert workbook._cells([*cells]) == ["27:00:00", "1900-01-01 06:00:00Z", "05:00:00", ""]


def test_the_first_sheet_with_something_is_read_and_another_by_its_name(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", notes=[], first=[NAMES, *ROWS], second=[["a", "b"], [1, 2], [3, 4]])
    table = read(path)
    assert table.frame.columns == NAMES
    assert table.notes == (f"{path}: Read the sheet 'first', one of 'notes', 'first', 'second'.",)
    assert read(path, sheet="second").frame.columns == ["a", "b"]


def test_a_cover_sheet_is_passed_over_for_the_first_table(tmp_path: Path) -> None:
    cover = [["Sales of a year"], [], ["Author", "Ana"], ["written by hand"]]
    path = xlsx(tmp_path / "t.xlsx", cover=cover, data=[NAMES, *ROWS], more=[["a", "b"], [1, 2], [3, 4]])
    table = read(path)
    assert table.frame.columns == NAMES
    assert table.notes == (f"{path}: Read the sheet 'data', one of 'cover', 'data', 'more'.",)
    with pytest.raises(InputError, match=r"of a workbook name the sheet with --sheet"):
        read(xlsx(tmp_path / "one.xlsx", cover=[["hello"], ["you"]], other=[["a"], [1], [2]]))


def test_of_one_column_the_first_sheet_is_read_where_none_is_wider_or_it_has_the_known_name(
    tmp_path: Path,
) -> None:
    one, legend = [["a"], [1], [2]], [["word", "meaning"], ["a", "size"], ["b", "price"]]
    assert read(xlsx(tmp_path / "t.xlsx", one=one, two=[["b"], [3]]), least_columns=1).frame.columns == ["a"]
    path = xlsx(tmp_path / "u.xlsx", first=one, legend=legend)
    assert read(path, least_columns=1).frame.columns == ["word", "meaning"]
    assert read(path, least_columns=1, known=["a"]).frame.columns == ["a"]


def test_a_usual_sheet_is_read_where_none_is_named_and_there_are_sheets(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", first=[NAMES, *ROWS], second=[["a", "b"], [1, 2], [3, 4]])
    assert read(path, usual_sheet="second").frame.columns == ["a", "b"]
    assert read(path, sheet="first", usual_sheet="second").frame.columns == NAMES
    (tmp_path / "t.csv").write_text("c,d\n1,2\n3,4\n")
    assert read(tmp_path / "t.csv", usual_sheet="second").frame.columns == ["c", "d"]
    with pytest.raises(InputError, match="has no sheet ''"):
        read(path, sheet="", usual_sheet="second")
    with pytest.raises(InputError, match="has no sheet 'third'"):
        read(path, usual_sheet="third")


def test_old_files_and_packed_ones_are_read_too(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("old")
    for place, row in enumerate([["a", "b"], [1, 2.5], [3, 4.5]]):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell)
    book.save(str(tmp_path / "t.xls"))
    assert read(tmp_path / "t.xls").frame.rows() == [("1", "2.5"), ("3", "4.5")]
    path = xlsx(tmp_path / "t.xlsx", only=[NAMES, *ROWS])
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(path, "t.xlsx")
    assert read(tmp_path / "t.zip").frame.equals(read(path).frame)


def test_workbooks_of_a_folder_are_one_table(tmp_path: Path) -> None:
    xlsx(tmp_path / "1.xlsx", a=[NAMES, *ROWS[:5]])
    xlsx(tmp_path / "2.xlsx", a=[NAMES, *ROWS[5:]])
    assert several.read(tmp_path).frame["number"].to_list() == [str(place) for place in range(1, 9)]


def test_wrong_workbooks_are_named(tmp_path: Path) -> None:
    path = xlsx(tmp_path / "t.xlsx", first=[NAMES, *ROWS], bare=[])
    with pytest.raises(
        InputError, match=r"has no sheet 'frist'\. Did you mean 'first'\? It has 'first', 'bare'\."
    ):
        read(path, sheet="frist")
    with pytest.raises(
        InputError, match=r"The sheet 'bare' of .* is empty, .* It has 2 sheets: 'first', 'bare'"
    ):
        read(path, sheet="bare")
    with pytest.raises(InputError, match=r"bare\.xlsx is empty, so there is nothing to read"):
        read(xlsx(tmp_path / "bare.xlsx", bare=[]))
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(InputError, match=r"t\.csv is no workbook, so it has no sheet 'first' to read"):
        read(tmp_path / "t.csv", sheet="first")
    cut = bytearray(path.read_bytes())
    cut[60:400] = bytes(340)
    (tmp_path / "cut.xlsx").write_bytes(cut)
    with pytest.raises(InputError, match=r"cut\.xlsx begins like a (workbook|zip file) but cannot be"):
        read(tmp_path / "cut.xlsx")
    (tmp_path / "doc.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000))
    with pytest.raises(InputError, match=r"begins like a workbook but cannot be read as one: .* no workbook"):
        read(tmp_path / "doc.xls")
    locked = b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    (tmp_path / "locked.xlsx").write_bytes(locked)
    with pytest.raises(InputError, match=r"locked\.xlsx is protected by a password"):
        read(tmp_path / "locked.xlsx")


def test_without_its_library_the_package_to_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = xlsx(tmp_path / "t.xlsx", first=[NAMES, *ROWS])

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(
        InputError, match=r"needs the package fastexcel\. Install it \(pip install 'honed\[excel\]'\)"
    ):
        read(path)


def test_a_zip_that_pretends_to_be_a_workbook_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook>" * 1000)
    (tmp_path / "t.xlsx").write_bytes(content.getvalue())
    with pytest.raises(InputError, match="begins like a workbook but cannot be read as one"):
        read(tmp_path / "t.xlsx")
