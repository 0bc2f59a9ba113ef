"""Names of columns in two rows, and what looks like them and is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from honed.table import batches
from honed.table.delimited import Parsed, parse
from honed.table.layout import find
from honed.table.read import read

ROWS = [["North", 1, 2, 3, 4], ["South", 5, 6, 7, 8], ["East", 9, 8, 7, 6], ["West", 5, 4, 3, 2]]


def text(*rows: list[object] | list[str], separator: str = ",") -> str:
    return "".join(separator.join(map(str, row)) + "\n" for row in rows)


def parsed(content: str, known: tuple[str, ...] = (), plain: bool = False) -> Parsed:
    return parse(content.encode(), "t.csv", known, plain)


TWO = {
    "groups over names": (
        [["Region", 2020, "", 2021, ""], ["", "men", "women", "men", "women"]],
        ["Region", "2020 men", "2020 women", "2021 men", "2021 women"],
    ),
    "groups over years": (
        [["Region", "Population", "", "GDP", ""], ["", 2020, 2021, 2020, 2021]],
        ["Region", "Population 2020", "Population 2021", "GDP 2020", "GDP 2021"],
    ),
    "names of the first columns below": (
        [["", "Births", "", "Deaths", ""], ["Region", "men", "women", "men", "women"]],
        ["Region", "Births men", "Births women", "Deaths men", "Deaths women"],
    ),
    "groups that are repeated": (
        [["Region", "a", "a", "b", "b"], ["", "x", "y", "x", "y"]],
        ["Region", "a x", "a y", "b x", "b y"],
    ),
    "as pandas writes groups and an index": (
        [["", "a", "a", "b", "b"], ["", "x", "y", "x", "y"], ["region", "", "", "", ""]],
        ["region", "a x", "a y", "b x", "b y"],
    ),
}
ONE = {
    "names over units": [["place", "a", "b", "c", "d"], ["", "m", "kg", "°C", "%"]],
    "empty names": [["", "a", "", "b", ""]],
    "an empty name and words below": [["place", "colour", "", "size", "weight"], ["a", "red", "soft", 1, 2]],
    "missing words in the first row": [["who", "a", "b", "c", "d"], ["Ana", "NA", "NA", "NA", "n/a"]],
    "words for missing that are units too": [["who", "a", "b", "c", "d"], ["Ana", "?", "-", "m", "kg"]],
    "a first row of other words": [["who", "a", "b", "c", "d"], ["Ana", "late", "late", "ill", "ill"]],
    "a unit in one cell": [["who", "a", "b", "c", "d"], ["Ana", "m", 2, 3, 4]],
    "a row that repeats numbers": [["who", "a", "b", "c", "d"], ["Ana", 1, 2, 1, 2]],
    "what may be a title": [["Made", "2024-01-01", "", "", ""], ["region", "a", "b", "c", "d"]],
    "a title of the first cell": [["Sales", "", "", "", ""], ["region", "a", "b", "c", "d"]],
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(("header", "names"), TWO.values(), ids=TWO)
def test_two_rows_of_names_are_joined_and_told(header: list[list], names: list[str], separator: str) -> None:
    found = parsed(text(*header, *ROWS, separator=separator))
    assert found.frame.columns == names
    assert found.frame.rows() == [tuple(map(str, row)) for row in ROWS]
    assert f"The first {len(header)} lines are names" in found.doubts[0] and "--as-is" in found.doubts[0]


@pytest.mark.parametrize("header", ONE.values(), ids=ONE)
def test_one_row_of_names_stays_one(header: list[list]) -> None:
    content = text(*header, *ROWS)
    assert not any(
        "are names" in said for said in (*find(content.encode()).doubts, *find(content.encode()).notes)
    )


def test_cells_that_a_spreadsheet_merged_are_joined_to_those_below(tmp_path: Path) -> None:
    pytest.importorskip("fastexcel")
    xlsxwriter = pytest.importorskip("xlsxwriter")
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:A2", "Region")
        sheet.merge_range("B1:C1", "Births")
        sheet.merge_range("D1:E1", "Deaths")
        sheet.write_row("B2", [2020, 2021, 2020, 2021])
        for place, row in enumerate(ROWS):
            sheet.write_row(2 + place, 0, row)
    found = read(tmp_path / "t.xlsx").frame
    assert found.columns == ["Region", "Births 2020", "Births 2021", "Deaths 2020", "Deaths 2021"]
    assert found["Deaths 2021"].to_list() == ["4", "8", "6", "2"]


def test_empty_cells_at_the_end_of_the_groups_may_be_left_out() -> None:
    header, names = TWO["groups over names"]
    found = parsed(text(header[0][:-1], header[1], *ROWS))
    assert found.frame.columns == names and found.frame.height == 4


def test_a_title_above_two_rows_of_names_is_counted() -> None:
    header, names = TWO["groups over names"]
    found = parsed("Table 7: births\n\n" + text(*header, *ROWS))
    assert found.frame.columns == names and found.frame.height == 4
    assert "The first 2 lines below 2 other lines are names" in found.doubts[0]


def test_names_that_are_known_are_found_in_two_rows_of_a_short_table_and_in_one() -> None:
    header, names = TWO["groups over names"]
    for content in (text(*header, *ROWS[:1]), text(names, *ROWS[:1])):
        found = parsed(content, known=tuple(names))
        assert found.frame.columns == names and found.frame.height == 1 and not found.doubts


def test_every_line_below_the_first_is_a_row_where_that_is_said() -> None:
    header, _ = TWO["groups over names"]
    found = parsed(text(*header, *ROWS), plain=True)
    assert (
        found.frame.columns == ["Region", "2020", "column_3", "2021", "column_5"] and found.frame.height == 5
    )


def test_a_name_with_the_separator_stays_one_name() -> None:
    found = parsed('"Sales, total",,"Costs, total",\nmen,women,men,women\n1,2,3,4\n5,6,7,8\n9,1,2,3\n')
    assert found.frame.columns == [
        "Sales, total men",
        "Sales, total women",
        "Costs, total men",
        "Costs, total women",
    ]


def test_lines_in_messages_are_those_of_the_file() -> None:
    header, _ = TWO["groups over names"]
    with pytest.raises(ValueError, match="line 7 has 3 cells where the header has 5"):
        parsed(text(*header, *ROWS) + "a,b,c\n")


def test_batches_read_two_rows_of_names_as_the_whole_does(tmp_path: Path) -> None:
    header, names = TWO["groups over names"]
    path = tmp_path / "t.csv"
    path.write_text(text(*header, *ROWS * 50))
    parts = batches.of(path, large_bytes=0, block=1000)
    assert parts is not None
    tables = [batch.table for batch in parts]
    assert len(tables) > 1 and {tuple(table.frame.columns) for table in tables} == {tuple(names)}
    assert sum(table.frame.height for table in tables) == 200
