"""Columns at the same places in all lines, and texts whose spaces mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from honed.errors import InputError
from honed.table import batches
from honed.table.delimited import Parsed, parse

ROWS = [
    ("New York", "NY", "8336", "-2.5"),
    ("San Francisco", "CA", "874", "12.25"),
    ("Rome", "", "2873", "15"),
    ("St. Ives", "UK", "", "10.5"),
    ("Oslo", "NO", "709", "5.75"),
    ("Rio de Janeiro", "RJ", "6748", "23.75"),
]
NAMES = ("city", "in", "people", "mean temp")


def stand(rows: list[tuple[str, ...]] | list, widths: tuple[int, ...] = (15, 3, 7, 10)) -> str:
    """Rows with words at the left and numbers at the right of their columns."""
    lines = [
        "".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def parsed(text: str, known: tuple[str, ...] = (), plain: bool = False) -> Parsed:
    return parse(text.encode(), "t.txt", known, plain)


def told(found: Parsed) -> bool:
    return any("stand at the same places" in note for note in found.notes)


def cells(found: Parsed) -> list[tuple[str, ...]]:
    return [tuple(cell or "" for cell in row) for row in found.frame.rows()]


WHOLE = {
    "a header": stand([NAMES, *ROWS]),
    "trailing spaces cut off": "\n".join(line.rstrip() for line in stand([NAMES, *ROWS]).split("\n")),
    "line ends of Windows": stand([NAMES, *ROWS]).replace("\n", "\r\n"),
    "a drawn line": stand([NAMES, ("-" * 14, "--", "------", "---------"), *ROWS]),
    "a drawn line of the whole width": stand([NAMES]) + "-" * 35 + "\n" + stand(ROWS),
    "letters of several bytes": stand([NAMES, *ROWS]).replace("Rome", "Röme").replace("Oslo", "東京ab"),
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_columns_are_cut_where_all_lines_are_blank_and_it_is_told(text: str) -> None:
    found = parsed(text)
    assert tuple(found.frame.columns) == NAMES
    assert cells(found)[0] == ROWS[0] and cells(found)[3] == ROWS[3] and len(cells(found)) == 6
    assert told(found) and "from the letters 1, 16, " in found.notes[0]


def test_a_title_above_is_skipped() -> None:
    found = parsed("Cities of the world, and what they are like\n\n" + stand([NAMES, *ROWS]))
    assert tuple(found.frame.columns) == NAMES and cells(found) == ROWS
    assert "Skipped 2 lines above the header" in found.doubts[0]


def test_rows_without_a_header_get_names() -> None:
    rows = [(word, f"{i % 3}", f"{i % 5}", f"{i % 4}.5") for i, (word, *_) in enumerate(ROWS * 2)]
    found = parsed(stand(rows))
    assert found.frame.columns == ["column_1", "column_2", "column_3", "column_4"] and cells(found) == rows


def test_a_later_value_may_be_wider_than_those_of_the_first_lines() -> None:
    rows = [*ROWS * 60, ("San Marino", "SM", "1234567", "1")]
    found = parsed(stand([NAMES, *rows], (15, 3, 9, 10)))
    assert cells(found) == rows


def test_a_row_of_words_for_missing_stays() -> None:
    rows = [*ROWS, *ROWS, ("--", "--", "--", "--"), ("Bern", "CH", "134", "9.5")]
    assert cells(parsed(stand([NAMES, *rows]))) == rows


def test_a_letter_between_the_columns_is_told_with_its_line() -> None:
    lines = stand([NAMES, *ROWS * 60]).split("\n")
    lines[300] = lines[300][:14] + "xyz" + lines[300][17:]
    with pytest.raises(InputError, match=r"^t\.txt: line 301 .* place 15, which stands between two columns"):
        parsed("\n".join(lines))


def test_a_word_of_which_nobody_can_say_to_which_column_it_belongs_is_told() -> None:
    cities = [
        ("city", "x", "y"),
        *[("New York", "12", "3.5"), ("Bern", "13", "4.5"), ("Ulm", "14", "5.5")] * 80,
    ]
    written = stand([*cities, ("San Jose City", "99", "9.5")], (14, 4, 6))
    with pytest.raises(InputError, match=r"line 242 .*San Jose City.* stands between two columns"):
        parsed(written)


def test_a_short_table_to_predict_is_cut_by_its_known_names() -> None:
    found = parsed(stand([(*NAMES[:3], ""), *[(*row[:3], "") for row in ROWS[:1]]]), known=NAMES)
    assert found.frame.columns == list(NAMES[:3]) and cells(found) == [ROWS[0][:3]]


ONE = {
    "sentences": "text\n" + "This is a line of words\nAnother one of other words\nAnd a third 7\n" * 5,
    "words of the same length": "who\nAnn Lee\nBob Fox\nJim Kay\nEva Lux\nTom May\nIda Row\n",
    "a row that joins two columns": stand([NAMES, *ROWS])
    .replace("Rome   ", "Rome in Italy, UK"[:7])
    .replace("Oslo           NO", "Oslo in the North"),
    "few rows": stand([NAMES, *ROWS[:3]]),
    "a column of numbers": "n\n1\n2\n3\n4\n5\n6\n7\n",
    "a column of dates and times": "when\n" + "".join(f"2024-01-0{i} 10:0{i}:00\n" for i in range(1, 9)),
}
CUT = {
    "commas": stand([NAMES, *ROWS]).replace(" ", ","),
    "tabs beside spaces": stand([NAMES, *ROWS]).replace("New York", "New\tYork"),
    "commas and aligned cells": "".join(f"{i:>5}, {i * 3:>7}, ab\n" for i in range(20)),
}


@pytest.mark.parametrize("text", ONE.values(), ids=ONE)
def test_one_column_stays_one(text: str) -> None:
    found = parsed(text)
    assert found.frame.width == 1 and not told(found)


@pytest.mark.parametrize("text", CUT.values(), ids=CUT)
def test_what_is_cut_by_signs_is_not_cut_by_places(text: str) -> None:
    try:
        assert not told(parsed(text))
    except InputError as error:
        assert "place" not in str(error)


def test_spaces_that_separate_single_words_are_told_as_before() -> None:
    found = parsed("a    b   c\n" + "".join(f"{i}  {i * 7 % 90:>5} {i % 3}\n" for i in range(10, 30)))
    assert found.frame.columns == ["a", "b", "c"] and not told(found) and "Spaces separate" in found.notes[0]


def test_every_line_is_one_cell_where_that_is_said() -> None:
    assert parsed(stand([NAMES, *ROWS]), plain=True).frame.width == 1


def test_a_large_file_of_such_columns_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text(stand([NAMES, *ROWS]))
    parts = batches.of(path, large_bytes=0)
    assert parts is not None
    with pytest.raises(batches.Irregular):
        list(parts)
