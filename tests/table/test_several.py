"""A folder or a pattern of files as one table."""

from pathlib import Path

import polars as pl
import pytest

from honed.errors import InputError
from honed.run.paths import joined, shown
from honed.table import read as one
from honed.table.several import files, fingerprint, is_table, read

FRAME = pl.DataFrame(
    {
        "a": [7, 3, 8, 1, 9, 4, 2, 6, 5],
        "b": list("uvwuvwuvw"),
        "y": [2.5, 7.0, 1.5, 9.0, 3.5, 8.0, 1.0, 5.5, 6.0],
    }
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files of the table's rows, the second with its columns in another order, and what is no table."""
    folder = tmp_path / "days"
    folder.mkdir()
    FRAME[:4].write_csv(folder / "day1.csv")
    FRAME[4:5].select("y", "b", "a").write_csv(folder / "day2.csv")
    FRAME[5:].write_csv(folder / "day3.csv")
    (folder / "readme.md").write_text("Days.\n")
    (folder / "_SUCCESS").write_text("")
    return folder


def test_a_folder_reads_as_the_one_file_of_all_its_rows(folder, tmp_path):
    FRAME.write_csv(tmp_path / "whole.csv")
    table = read(folder)
    assert table.frame.equals(one.read(tmp_path / "whole.csv").frame)
    assert table.notes == (
        f"{folder}: read 3 files as one table, in the order of their names: day1.csv to day3.csv.",
    )


def test_a_fingerprint_needs_no_table(folder):
    assert fingerprint(folder) == read(folder).fingerprint
    assert fingerprint(folder / "day1.csv") == one.read(folder / "day1.csv").fingerprint


def test_a_pattern_names_files_and_a_file_is_just_itself(folder):
    assert read(f"{folder}/day[13].csv").frame.height == 8
    assert files(folder / "day1.csv") is None
    assert read(folder / "day1.csv").frame.equals(one.read(folder / "day1.csv").frame)


def test_several_paths_are_one_table_in_their_order(folder, tmp_path):
    FRAME[:2].write_csv(tmp_path / "more, later.csv")
    word = joined([f"{folder}/day[23].csv", f"{tmp_path}/more, later.csv", f"{folder}/day1.csv"])
    table = read(word)
    assert table.frame.select("a").to_series().to_list() == list(
        map(str, [*FRAME["a"][4:], *FRAME["a"][:2], *FRAME["a"][:4]])
    )
    assert table.notes == (
        f"{shown(word)}: read 4 files as one table, in the order given: day2.csv to day1.csv.",
    )
    assert fingerprint(word) == table.fingerprint
    assert fingerprint(joined([str(folder), f"{tmp_path}/more, later.csv"])) != table.fingerprint


def test_a_file_that_is_named_twice_is_refused(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=r"\./day1\.csv is named twice \(as day1\.csv too\)"):
        read("{day1.csv,./day1.csv}")
    with pytest.raises(InputError, match=r"day2\.csv is named twice, so"):
        read("{day*.csv,day2.csv}")


def test_one_of_several_that_is_not_there_is_named(folder):
    with pytest.raises(InputError, match=r"There is no file .*day9\.csv.* Did you mean"):
        read(joined([f"{folder}/day1.csv", f"{folder}/day9.csv"]))


def test_a_file_whose_name_has_signs_of_a_pattern_is_a_file(tmp_path):
    path = tmp_path / "day[1].csv"
    FRAME.write_csv(path)
    assert files(path) is None


def test_the_fingerprint_tells_when_one_of_the_files_has_changed(folder):
    before = read(folder).fingerprint
    assert read(folder).fingerprint == before
    FRAME[4:6].write_csv(folder / "day2.csv")
    assert read(folder).fingerprint != before


def test_other_columns_are_refused_with_both_files(folder):
    FRAME[4:5].rename({"a": "other"}).write_csv(folder / "day2.csv")
    with pytest.raises(InputError, match=r"day2\.csv lacks 'a' and has 'other', unlike .*day1\.csv"):
        read(folder)


def test_parquet_files_keep_their_types_or_take_one_that_holds_both(tmp_path):
    FRAME[:5].write_parquet(tmp_path / "1.parquet")
    FRAME[5:].with_columns(pl.col("a").cast(pl.Float64)).write_parquet(tmp_path / "2.parquet")
    table = read(tmp_path)
    assert table.is_typed
    assert table.frame.equals(FRAME.with_columns(pl.col("a").cast(pl.Float64)))


def test_lines_that_are_no_rows_keep_their_places(tmp_path):
    rows = "".join(f"n{row},{row % 4},{row}\n" for row in range(20))
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text(f"name,b,y\n{rows}Total,30,190\n")
    table = read(tmp_path)
    assert table.left_out == (20, 41)
    assert table.rows == 42
    assert any("in 2 files" in note for note in (*table.notes, *table.doubts))


def test_both_kinds_in_one_folder_are_refused(folder):
    FRAME.write_parquet(folder / "all.parquet")
    with pytest.raises(InputError, match=r"holds 3 CSV files and 1 Parquet file"):
        read(folder)


@pytest.mark.parametrize(("path", "message"), [(".", "no file whose name ends"), ("*.csv", "fits no file")])
def test_nothing_to_read_is_said(tmp_path, path, message):
    with pytest.raises(InputError, match=message):
        read(f"{tmp_path}/{path}")


def test_a_table_is_known_by_the_end_of_its_name() -> None:
    names = ("a.csv", "a.CSV.gz", "b.parquet", "c.tsv.zip", "d.png", "e.gz", "csv")
    assert [is_table(name) for name in names] == [True, True, True, True, False, False, False]


@pytest.mark.parametrize("pattern", ["", "/*.csv"])
def test_a_link_to_nothing_is_refused_and_one_to_a_file_is_the_file(folder, pattern):
    before = read(folder).frame
    (folder / "day3.csv").rename(folder.parent / "moved.csv")
    link = folder / "day3.csv"
    link.symlink_to(folder.parent / "moved.csv")
    assert read(f"{folder}{pattern}").frame.equals(before)
    (folder.parent / "moved.csv").unlink()
    with pytest.raises(InputError, match=r"day3\.csv is a link to .*moved\.csv, which is not there"):
        read(f"{folder}{pattern}")
    link.unlink()
    (folder / ".hidden.csv").symlink_to("nowhere")
    (folder / "notes.md").symlink_to("nowhere")
    assert read(folder).frame.height == 5
