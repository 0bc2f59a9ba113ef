"""Large tables in batches of rows."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.errors import InputError
from honed.run import memory
from honed.table import batches, read, several
from honed.table.batches import Irregular

ROWS = 3000
RNG = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "x": RNG.normal(size=ROWS).round(4),
        "word": RNG.choice(["red", "green, or blue", 'a "quoted" word', "two\nlines"], ROWS),
        "y": RNG.integers(0, 100, ROWS),
    }
)


def of(path: Path, block: int = 5000, as_is: bool = False) -> batches.Batches:
    """All batches of a file that counts as large."""
    found = batches.of(path, as_is=as_is, large_cells=100, large_bytes=100, cells=1, block=block)
    assert found is not None
    return found


def together(found: batches.Batches) -> pl.DataFrame:
    parts = list(found)
    assert len(parts) > 1
    assert [part.before for part in parts] == [0, *np.cumsum([part.table.rows for part in parts[:-1]])]
    return pl.concat([part.table.frame for part in parts])


def test_csv_blocks_hold_the_cells_of_the_whole_file(tmp_path):
    FRAME.write_csv(tmp_path / "t.csv")
    assert together(of(tmp_path / "t.csv")).equals(read.read(tmp_path / "t.csv").frame)


def test_parquet_batches_hold_the_cells_and_types_of_the_whole_file(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME.with_columns(pl.col("word").cast(pl.Categorical)).write_parquet(path)
    whole = read.read(path).frame
    found = together(of(path))
    assert found.equals(whole)
    assert found.schema == whole.schema


@pytest.mark.filterwarnings("error")
def test_a_single_empty_file_is_said_to_be_empty(tmp_path):
    (tmp_path / "t.csv").write_text("")
    found = batches.of(tmp_path / "t.csv", large_bytes=-1)
    assert found is not None
    with pytest.raises(InputError, match=r"t\.csv is empty \(0 bytes\)"):
        list(found)


def test_files_follow_each_other(tmp_path):
    for number in range(3):
        FRAME[number * 1000 : number * 1000 + 1000].write_csv(tmp_path / f"{number}.csv")
    assert together(of(tmp_path)).equals(several.read(tmp_path).frame)


def test_a_title_a_repeated_header_a_total_and_remarks_are_left_out_as_of_the_whole_file(tmp_path):
    frame = FRAME.with_columns(word=pl.lit("red") + pl.col("y").cast(pl.String))
    lines = frame.write_csv().splitlines()
    lines = ["A report of all", "", *lines[:2000], lines[0], *lines[2000:], f"9999,Total,{sum(frame['y'])}"]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines) + "\n\n(These are all that we have.)\n")
    whole = read.read(path)
    found = of(path)
    assert together(found).equals(whole.frame)
    left_out = [part.before + row for part in found for row in part.table.left_out]
    assert tuple(left_out) == whole.left_out == (1999, 3001 - 0)
    notes, doubts = ([n for part in found for n in getattr(part.table, what)] for what in ("notes", "doubts"))
    assert len(notes) == len(whole.notes)
    assert len(doubts) == len(whole.doubts)


def test_as_it_is_every_line_is_a_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(FRAME.write_csv() + "9,Total,9\n")
    assert together(of(path, as_is=True)).height == ROWS + 1


@pytest.mark.parametrize("end", ["1,2\n", "1,2,3,4\n", "Ölgemälde,2,3\n"])
def test_a_block_unlike_the_others_is_for_who_reads_the_whole_file(tmp_path, end):
    path = tmp_path / "t.csv"
    path.write_bytes((FRAME.write_csv() + end).encode("latin-1"))
    with pytest.raises(Irregular):
        list(of(path))


def test_the_first_file_tells_where_the_headers_of_the_others_are(tmp_path):
    words = pl.DataFrame({"1999": ["red", "green"] * 100, "2000": range(200)})
    words.write_csv(tmp_path / "a.csv")
    words.with_columns(pl.lit("7").alias("1999")).write_csv(tmp_path / "b.csv")
    found = pl.concat([part.table.frame for part in of(tmp_path, block=500)])
    assert found.equals(several.read(tmp_path).frame)


def test_a_quote_that_stays_open_is_not_looked_for_through_the_whole_file():
    opened = io.BytesIO(b"1,2\n" * 10_000)
    with pytest.raises(Irregular):
        batches.whole_lines(opened, b'1,"2', 100)
    assert opened.tell() < 2000


def test_a_damaged_page_and_a_file_that_is_gone_are_said(tmp_path):
    path = tmp_path / "t.parquet"
    pl.DataFrame({"x": RNG.normal(size=100_000)}).write_parquet(path)
    found, data = of(path), bytearray(path.read_bytes())
    data[4:5000] = bytes(4996)
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"cannot be read: .* probably cut off or damaged"):
        list(found)
    for end in ("csv", "parquet"):
        gone = tmp_path / f"gone.{end}"
        getattr(FRAME, f"write_{end}")(gone)
        found = of(gone)
        gone.unlink()
        with pytest.raises(
            InputError, match=rf"gone\.{end} cannot be read: No such file or directory\. Check"
        ):
            list(found)


def test_parquet_files_of_other_columns_are_refused_before_any_row_is_read(tmp_path):
    FRAME.write_parquet(tmp_path / "0.parquet")
    FRAME.rename({"x": " x"}).write_parquet(tmp_path / "1.parquet")  # spaces around do not count
    assert together(of(tmp_path)).columns == FRAME.columns
    FRAME.drop("x").write_parquet(tmp_path / "1.parquet")
    with pytest.raises(InputError, match=r"1\.parquet lacks 'x', unlike .*0\.parquet"):
        batches.of(tmp_path)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_an_empty_or_damaged_file_among_others_is_refused_before_any_row_is_read(tmp_path, end):
    getattr(FRAME, f"write_{end}")(tmp_path / f"0.{end}")
    (tmp_path / f"1.{end}").write_text("")
    with pytest.raises(InputError, match=rf"1\.{end} is empty \(0 bytes\)"):
        of(tmp_path)
    if end == "parquet":
        (tmp_path / "1.parquet").write_bytes((tmp_path / "0.parquet").read_bytes()[:-100])
        with pytest.raises(InputError, match=r"1\.parquet begins like a Parquet file but .* damaged"):
            of(tmp_path)


@pytest.mark.parametrize("lines", ["x,word,y", "x,word,y\n", "x,word,y\n1,red,2"])
@pytest.mark.parametrize("name", ["0.csv", "2.csv"])
def test_a_file_of_a_header_alone_or_of_one_row_is_part_of_the_table(tmp_path, lines, name):
    FRAME.write_csv(tmp_path / "1.csv")
    (tmp_path / name).write_text(lines)
    assert together(of(tmp_path)).equals(several.read(tmp_path).frame)


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("1,2\n", r"t\.csv: line 3\d\d\d has 2 cells where the header has 3"),
        ('1,"2,3\n', r"t\.csv: the cell that begins in line 3\d\d\d does not end"),
        ("Ölgemälde,2,3\n", r"t\.csv is no UTF-8 in line 3\d\d\d\. Save it so\."),
    ],
)
def test_of_files_too_large_to_be_read_whole_it_is_said_where_they_are_irregular(
    tmp_path, monkeypatch, end, said
):
    path = tmp_path / "t.csv"
    path.write_bytes(("A title\n\n" + FRAME.write_csv() + end).encode("latin-1"))
    found = of(path)
    with pytest.raises(Irregular, match=said) as irregular:
        list(found)
    lines = len(path.read_bytes().splitlines())
    assert f"line {lines}" in str(irregular.value)
    found.check_fits(irregular.value)
    monkeypatch.setattr(memory, "available", lambda: 1_000)
    with pytest.raises(InputError, match=rf"{said}.*t\.csv is \d\d kB, which cannot .* the 1 kB of memory"):
        found.check_fits(irregular.value)


def test_brackets_in_a_name_are_no_pattern(tmp_path):
    FRAME.write_parquet(tmp_path / "t[1].parquet")
    assert together(of(tmp_path / "t[1].parquet")).equals(FRAME)


def test_small_and_packed_files_are_read_whole(tmp_path):
    FRAME.write_csv(tmp_path / "t.csv")
    FRAME.write_csv(tmp_path / "t.csv.gz", compression="gzip", check_extension=False)
    assert batches.of(tmp_path / "t.csv") is None
    assert batches.of(tmp_path / "t.csv.gz", large_bytes=1) is None
    assert batches.of(tmp_path / "absent.csv", large_bytes=1) is None


def test_batches_that_ctrl_c_cuts_short_are_not_taken_for_all(tmp_path, monkeypatch):
    """Polars ends them then without a word."""
    FRAME.write_parquet(tmp_path / "t.parquet")
    whole = pl.LazyFrame.collect_batches
    monkeypatch.setattr(pl.LazyFrame, "collect_batches", lambda *own, **how: list(whole(*own, **how))[:-1])
    with pytest.raises(KeyboardInterrupt):
        list(of(tmp_path / "t.parquet"))


@pytest.mark.parametrize("start", [b"\xd0\xcf\x11\xe0", b'\xef\xbb\xbf{"a": 1}\n', b'{"a": 1}\n'])
def test_large_files_of_other_kinds_are_read_whole(start, tmp_path):
    (tmp_path / "t").write_bytes(start * 100)
    assert batches.of(tmp_path / "t", large_bytes=1) is None
