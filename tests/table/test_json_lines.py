"""JSON lines as tables, and JSON of other forms refused with what it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from honed.errors import InputError
from honed.table import batches, several
from honed.table.read import read

ROWS = [
    {"size": 1, "word": "oak, or elm", "flag": True},
    {"size": 2.5, "word": None, "more": {"deep": {"x": 7}, "y": "z"}},
    {"size": -3, "word": "{}", "flag": False},
]


def written(path: Path, rows: Sequence[object] = tuple(ROWS)) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_each_object_is_a_row_and_each_key_a_column(tmp_path: Path) -> None:
    table = read(written(tmp_path / "t.jsonl"))
    assert table.is_typed and table.notes == ()
    assert table.frame.to_dict(as_series=False) == {
        "size": [1.0, 2.5, -3.0],
        "word": ["oak, or elm", None, "{}"],
        "flag": [True, None, False],
        "more.deep.x": [None, 7, None],
        "more.y": [None, "z", None],
    }


def test_a_byte_order_mark_blank_lines_and_another_name_change_nothing(tmp_path: Path) -> None:
    text = written(tmp_path / "t.jsonl").read_text().replace("\n", "\r\n\r\n")
    (tmp_path / "t.log").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read(tmp_path / "t.log").frame.equals(read(tmp_path / "t.jsonl").frame)


def test_files_of_a_folder_are_one_table_and_large_ones_are_read_whole(tmp_path: Path) -> None:
    written(tmp_path / "1.jsonl", [{"a": 1, "b": 2.0}])
    written(tmp_path / "2.jsonl", [{"a": 2, "b": 3.0}])
    assert several.read(tmp_path).frame.equals(pl.DataFrame({"a": [1, 2], "b": [2.0, 3.0]}))
    assert batches.of(tmp_path, large_bytes=1) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            json.dumps(ROWS),
            "is one JSON document, a list of 3, and not JSON lines. Write one object a line, as `jq",
        ),
        (json.dumps(ROWS[0], indent=1), "is one JSON document, an object, and not JSON lines"),
        (json.dumps(ROWS, indent=1)[:60], "begins like JSON but is no JSON lines, and no JSON either"),
        ('{"a": 1, "b": 2}\n{"a": 2, "b": \n', r"t\.jsonl: line 2 is no JSON"),
        ('{"a": 1, "b": 2}\n[1, 2]\n', r"line 2 is \[1, 2\], which is no object of names and values"),
        ('{"a": 1, "b": 2}\n', "has only 1 row"),
        ('{"a.b": 1, "a": {"b": 2}}\n' * 2, r"the column name 'a\.b' occurs 2 times"),
        ('{"a": 1, "a": 2}\n{"a": 1, "a": 2}\n', "the column name 'a' occurs 2 times"),
        (
            '{"a": 1, "b": [{}]}\n{"a": 1, "b": ' + "[" * 65 + "]" * 65 + "}\n",
            r"line 2 has .* more than 64 deep",
        ),
        ('{"a":\n' * 100_000, "no JSON either .lists or mappings are nested too deeply"),
        ('{"a":' * 100_000, "line 1 has lists or objects within each other more than 64 deep"),
    ],
)
def test_what_is_no_table_is_said(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(text)
    with pytest.raises(InputError, match=message):
        read(tmp_path / "t.jsonl")


def test_brackets_in_texts_and_beside_each_other_are_not_deep(tmp_path: Path) -> None:
    rows = [{"a": 1, "b": "[" * 100 + '\\"['}, {"a": 2, "b": "{[" * 100}]
    written(tmp_path / "t.jsonl", rows)
    assert read(tmp_path / "t.jsonl").frame["b"].to_list() == [row["b"] for row in rows]
    (tmp_path / "t.jsonl").write_text(('{"a": 1, "b": [' + "[]," * 100 + "[]]}\n") * 2)
    assert read(tmp_path / "t.jsonl").frame["b"].list.len().to_list() == [101, 101]


def test_a_csv_file_whose_cells_hold_braces_stays_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("{a},[b]\n1,2\n3,4\n")
    assert read(tmp_path / "t.csv").frame.columns == ["{a}", "[b]"]
