"""Files and data frames to tables."""

import bz2
import gzip
import hashlib
import io
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from messy_tables import csv, usual

from honed.errors import InputError
from honed.table import batches
from honed.table.cells import parse_numbers
from honed.table.read import Table, from_frame, joined, read, unmasked


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_csv_keeps_cells_as_text_and_empty_cells_as_null(tmp_path):
    table = read(written(tmp_path, "a,b\n01,NA\n2.50,\n"))
    assert table.frame.to_dict(as_series=False) == {"a": ["01", "2.50"], "b": ["NA", None]}


def test_parquet_is_recognised_by_its_bytes_and_keeps_its_types(tmp_path):
    path = tmp_path / "table.csv"
    frame = pl.DataFrame({"a": [1, None, 3], "b": ["x", "y", None]})
    frame.write_parquet(path)
    assert read(path).frame.equals(frame)


def test_fingerprint_is_the_digest_of_the_file(tmp_path):
    path = written(tmp_path, "a,b\n1,2\n3,4\n")
    assert read(path).fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        (b"\x00\x01\x02abc\n", "binary file"),
        (b"\x01\x02\x03\x04\x05\x06abc\n", "binary file"),
        (b"\x1f\x8b\x08\x00", "begins like a gzip file but cannot be unpacked"),
        (b"PK\x03\x04....", "begins like a zip file but cannot be unpacked"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "is UTF-16 by its first bytes, but line 2"),
        ("\ufeff \n".encode("utf-16-le"), "is empty"),
        ("a,b,c\n", "a header and no rows"),
        ("a,b\n1,2\n", "only 1 row\\."),
        ("a\n1\n2\n", "only 1 column, 'a'"),
        ("a" * 3000 + "\n1\n2\n", "only 1 column, 'a{78}…\\. Learning"),
        ("a,b,a,b\n1,2,3,4\n4,5,6,7\n", "in columns 1, 3, and 1 other name is repeated too"),
        ("a,b,a\n1,2,3\n4,5,6\n", "name 'a' occurs 2 times, in columns 1, 3"),
        ("a,b\n1,2\n3\n4,5\n", "line 3 has 1 cell where the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "line 3 has 3 cells where the header has 2"),
        ("a,b\nÖl,1\n".encode() + "München,2\n".encode("latin-1"), "not UTF-8: line 3 .* 0xfc"),
        (b"PAR1 and no more", "cannot be read"),
    ],
)
def test_bad_file_is_refused_with_its_reason(tmp_path, content, message):
    path = written(tmp_path, content)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_what_was_understood_of_a_file_names_it(tmp_path):
    path = written(tmp_path, gzip.compress(csv(usual(), above="Report\n").encode("utf-16")), "t.csv.gz")
    found = read(path)
    assert found.frame.equals(read(written(tmp_path, csv(usual()))).frame)
    assert [note.startswith(f"{path}: ") for note in found.notes] == [True, True]
    assert [note.rpartition(": ")[2] for note in found.notes] == ["Unpacked it from gzip.", "Read as UTF-16."]
    assert found.doubts[0].startswith(f"{path}: Skipped 1 line above the header, which is line 2: 'Report'.")
    assert found.fingerprint == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_byte_order_mark_is_named(tmp_path):
    marked = read(written(tmp_path, csv(usual()).encode("utf-8-sig"), "marked.csv"))
    plain = read(written(tmp_path, csv(usual())))
    assert marked.frame.equals(plain.frame) and plain.notes == ()
    assert [note.rpartition(": ")[2] for note in marked.notes] == ["Read as UTF-8 with a byte order mark."]


def test_packed_parquet_is_read(tmp_path):
    pl.DataFrame({"a": [1, 2], "b": [3, 4]}).write_parquet(tmp_path / "t.parquet")
    path = written(tmp_path, bz2.compress((tmp_path / "t.parquet").read_bytes()), "t.bz2")
    assert read(path).frame.to_dict(as_series=False) == {"a": [1, 2], "b": [3, 4]}


def test_lines_that_are_no_rows_are_left_out_and_counted(tmp_path):
    rows = usual()
    content = csv(rows, below="city,size,price\nTotal,900000,900000\n")
    found = read(written(tmp_path, content))
    count = len(rows["city"])
    assert (found.frame.height, found.left_out, found.rows) == (count, (count, count + 1), count + 2)
    as_is = read(written(tmp_path, content), as_is=True)
    assert (as_is.frame.height, as_is.left_out, as_is.notes, as_is.doubts) == (count + 2, (), (), ())


def test_missing_file_suggests_the_nearest(tmp_path):
    written(tmp_path, "a,b\n1,2\n", "train.csv")
    with pytest.raises(InputError, match=r"no file .*trian\.csv.* Did you mean .*train\.csv"):
        read(tmp_path / "trian.csv")


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"The folder .*nowhere does not exist"):
        read(tmp_path / "nowhere" / "a.csv")


def test_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)


def test_one_row_of_one_column_is_enough_to_predict_from(tmp_path):
    path = written(tmp_path, "a\n1\n")
    assert read(path, least_rows=1, least_columns=1).frame.shape == (1, 1)


def test_categories_of_pandas_come_back_from_parquet(tmp_path):
    frame = pd.DataFrame({"shop": pd.Categorical([3, 1, 3]), "size": [1, 2, 3]})
    frame.to_parquet(tmp_path / "t.parquet")
    read_back = read(tmp_path / "t.parquet").frame
    assert read_back.dtypes == [pl.Categorical, pl.Int64]
    assert read_back["shop"].cast(pl.String).to_list() == ["3", "1", "3"]


def test_names_are_trimmed_in_every_kind_of_table(tmp_path):
    frame = pl.DataFrame({" size": [1, 2], "kind\t": ["a", "b"], "": [3, 4]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")
    tables = [read(tmp_path / "t.parquet"), read(tmp_path / "t.csv")]
    tables += [from_frame(each) for each in (frame, frame.to_pandas(), frame.to_arrow())]
    assert [table.frame.columns for table in tables] == [["size", "kind", "column_3"]] * 5


def test_names_that_differ_by_spaces_alone_are_refused(tmp_path):
    frame = pl.DataFrame({"a": [1, 2], "a ": [3, 4]})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")
    for call in (
        lambda: read(tmp_path / "t.parquet"),
        lambda: read(tmp_path / "t.csv"),
        lambda: from_frame(frame),
    ):
        with pytest.raises(
            InputError, match=r"'a' occurs 2 times, in columns 1, 2.*spaces around it do not count"
        ):
            call()


def test_what_is_no_table_is_refused():
    with pytest.raises(InputError, match="Got set, which is not a table"):
        from_frame({1, 2})


def test_fingerprint_of_a_frame_follows_its_content():
    one, same = from_frame(pl.DataFrame({"a": [1, 2]})), from_frame(pl.DataFrame({"a": [1, 2]}))
    other, renamed = from_frame(pl.DataFrame({"a": [1, 3]})), from_frame(pl.DataFrame({"b": [1, 2]}))
    assert one.fingerprint == same.fingerprint
    assert len({one.fingerprint, other.fingerprint, renamed.fingerprint}) == 3


TYPED = {
    "interval": (
        pd.cut(pd.Series([0.0, 1.0, 2.0, np.nan]), [-1, 0.5, 3]),
        ["(-1.0, 0.5]", "(0.5, 3.0]", "(0.5, 3.0]", None],
    ),
    "month": (pd.Series(pd.PeriodIndex(["2020-01", "2020-02", None, "2021-12"], freq="M")), "2020-02-01"),
    "quarter": (pd.Series(pd.PeriodIndex(["2020Q1", "2020Q2", None, "2021Q4"], freq="Q")), "2020-04-01"),
    "year": (pd.Series(pd.PeriodIndex(["2020", "2021", None, "2022"], freq="Y")), "2021-01-01"),
    "day": (
        pd.Series(pd.PeriodIndex(["2020-01-01", "2020-01-02", None, "2021-01-01"], freq="D")),
        "2020-01-02",
    ),
    "week": (pd.Series(pd.period_range("2020-01-01", periods=4, freq="W")), "2020-01-06"),
    "week to Saturday": (pd.Series(pd.period_range("2020-01-01", periods=4, freq="W-SAT")), "2020-01-05"),
    "quarter of a year to March": (
        pd.Series(pd.period_range("2020-01-01", periods=4, freq="Q-MAR")),
        "2020-04-01",
    ),
    "year to March": (pd.Series(pd.period_range("2020-01-01", periods=4, freq="Y-MAR")), "2020-04-01"),
}


@pytest.mark.parametrize(("column", "expected"), TYPED.values(), ids=TYPED)
def test_intervals_and_periods_of_pandas_are_read(column, expected, tmp_path):
    found = from_frame(pd.DataFrame({"c": column, "x": [1, 2, 3, 4]})).frame["c"]
    cells = found.cast(pl.String).to_list()
    if isinstance(expected, list):
        assert (found.dtype, cells) == (pl.Categorical, expected)
    else:
        assert cells[1].startswith(expected)
        assert found.dtype.is_temporal()
        assert [cell and cell[:10] for cell in cells] == [
            None if pd.isna(period) else str(period.start_time.date()) for period in column
        ]


def test_parquet_holds_intervals_and_periods_as_data_frames_do(tmp_path):
    intervals = pd.arrays.IntervalArray.from_breaks([0, 2, 5], closed="left")
    frame = pd.DataFrame({"i": intervals, "p": pd.period_range("2020-01", periods=2, freq="M")})
    frame.to_parquet(tmp_path / "t.parquet")
    expected = from_frame(frame).frame
    assert read(tmp_path / "t.parquet").frame.equals(expected)
    assert expected["i"].to_list() == ["[0, 2)", "[2, 5)"]


def test_durations_are_durations_in_every_kind_of_table():
    hours = [timedelta(hours=1), timedelta(hours=2, microseconds=1), None]
    tables = (
        pd.DataFrame({"d": pd.to_timedelta(pd.Series(hours))}),
        pd.DataFrame({"d": pd.Series(hours, dtype=object)}),
        pl.DataFrame({"d": hours}),
        pa.table({"d": pa.array(hours)}),
    )
    for table in tables:
        column = from_frame(table).frame["d"]
        assert column.dtype == pl.Duration
        assert parse_numbers(column).to_list() == [3600, 7200.000001, None]
    array = np.array([[1, 2], [3, 4]], dtype="timedelta64[m]")
    assert from_frame(array).frame["x1"].to_list() == [120, 240]


def test_truths_of_an_extension_are_truths():
    column = pa.array([1, 0, None], pa.int8()).cast(pa.bool8())
    assert from_frame(pa.table({"t": column})).frame["t"].to_list() == [True, False, None]


def test_a_file_beside_another_kind_of_file_is_read_by_its_texts():
    one = pl.DataFrame(
        {"flag": [True, False], "id": [10**18 + 1, 10**18 + 2], "n": [1, 2], "city": ["Rome", "Oslo"]}
    )
    other = pl.DataFrame({"flag": ["yes", "0"], "id": ["1", "2"], "n": [0.5, 1.5], "city": [" ROME", "Bern"]})
    both = joined(Table(one, "a.parquet", ""), Table(other, "b.csv", "")).frame
    assert both.to_dict(as_series=False) == {
        "flag": ["true", "false", "true", "false"],
        "id": [str(10**18 + 1), str(10**18 + 2), "1", "2"],
        "n": [1, 2, 0.5, 1.5],
        "city": ["Rome", "Oslo", "Rome", "Bern"],
    }


def test_a_pipe_is_read_once_where_once_is_enough(tmp_path: Path) -> None:
    source, sink = os.pipe()
    os.write(sink, b"a,b\n1,2\n")
    os.close(sink)
    try:
        table = read(f"/dev/fd/{source}", least_rows=1, once=True)
    finally:
        os.close(source)
    assert table.frame.to_dicts() == [{"a": "1", "b": "2"}]


def test_a_pipe_is_refused_by_a_run_and_never_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    os.mkfifo(path)
    with pytest.raises(InputError, match="is a pipe, which can be read only once"):
        read(path)
    with pytest.raises(InputError, match="is empty"):
        read(path, once=True)


def test_a_device_is_refused_and_not_read_for_ever() -> None:
    with pytest.raises(InputError, match="a pipe or a device"):
        read("/dev/zero", once=True)


FORK = """
import multiprocessing, sys
import numpy as np
from honed.table import read

def work(queue):
    try:
        queue.put(read.from_frame(np.eye(3)).frame.shape)
    except Exception as error:
        queue.put(f"{type(error).__name__}: {error}")

read._PATIENCE = 1.0
if sys.argv[1] == "used":
    read.from_frame(np.eye(2))
context = multiprocessing.get_context("fork")
queue = context.Queue()
child = context.Process(target=work, args=(queue,))
child.start()
print(queue.get(timeout=40))
child.join(20)
child.kill()
"""


@pytest.mark.parametrize(
    ("before", "said"), [("used", "RunError: This process was forked"), ("unused", "(3, 3)")]
)
def test_a_forked_process_works_or_says_why_it_cannot(before: str, said: str) -> None:
    words = [sys.executable, "-W", "ignore", "-c", FORK, before]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith(said), done.stderr


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.bool_, object, "<U2", "M8[s]", "m8[s]"])
def test_masked_cells_are_missing_and_others_stay(dtype):
    values = np.array([[1, 0], [0, 1]]).astype(np.int64).astype(dtype)
    masked = np.ma.masked_array(values, mask=[[True, False], [False, False]])
    frame, plain = from_frame(masked).frame, from_frame(values).frame
    assert frame["x0"][0] is None or np.isnan(frame["x0"][0])
    assert (frame["x0"][1], frame["x1"].to_list()) == (plain["x0"][1], plain["x1"].to_list())
    assert unmasked(np.ma.masked_array(values)).dtype == values.dtype


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 3, 1)), r"3 dimensions, shape \(2, 3, 1\); .*\. Give one row for each case"),
        (np.zeros(2), r"1 dimension, .*X\.reshape\(-1, 1\) for one column"),
        (
            np.zeros(2, [("a", "f8"), ("b", "i8")]),
            r"2 records with the fields 'a', 'b', .*pandas\.DataFrame\(X\)",
        ),
    ],
)
def test_arrays_that_are_no_tables_are_told_what_is_wanted(X, message):
    with pytest.raises(InputError, match=message):
        from_frame(X)


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(InputError, match="name of the table is empty"):
        read("")


def test_dates_of_a_file_and_of_a_type_are_joined_as_moments():
    days = [datetime(2018, 1, 31), datetime(2018, 2, 1), datetime(2018, 2, 2)]
    zoned = pl.Series(days).dt.replace_time_zone("UTC")
    for one, other in [
        (days, zoned),
        ([f"{day:%d/%m/%Y}" for day in days], days),
        (zoned, [day.date() for day in days]),
    ]:
        both = joined(from_frame(pl.DataFrame({"when": one})), from_frame(pl.DataFrame({"when": other})))
        assert both.frame["when"].to_list() == days + days


def test_words_beside_dates_of_a_type_are_joined_as_texts():
    both = joined(
        from_frame(pl.DataFrame({"a": ["x", "y"]})), from_frame(pl.DataFrame({"a": [datetime(2018, 1, 31)]}))
    )
    assert both.frame["a"].to_list()[:2] == ["x", "y"]


def test_a_declaration_is_one_that_its_reader_can_type():
    frame = pl.DataFrame({"a b": [1]})
    assert Table(frame, "t.csv", "").declaration("numeric", "a b") == "--numeric 'a b'"
    assert Table(frame, "DataFrame", "").declaration("numeric", "a b") == "numeric=['a b']"


ARROW = pl.DataFrame(
    {
        "size": [1.5, None, -3.0],
        "count": [1, 2, 3],
        "kind": pl.Series(["oak", "elm", "oak"], dtype=pl.Categorical),
        "when": [datetime(2018, 1, 31), None, datetime(2018, 2, 2)],
    }
)


@pytest.mark.parametrize("form", ["file", "stream", "pandas"])
def test_arrow_files_keep_their_types(form: str, tmp_path: Path) -> None:
    path = tmp_path / "t.feather"
    if form == "file":
        ARROW.write_ipc(path, compression="zstd")
    elif form == "stream":
        ARROW.write_ipc_stream(path)
    else:
        ARROW.to_pandas().to_feather(path)
    table = read(path)
    assert table.is_typed and table.notes == ()
    assert table.frame.dtypes[:2] == [pl.Float64, pl.Int64]
    assert isinstance(table.frame["kind"].dtype, (pl.Categorical, pl.Enum))
    for name in ("size", "count", "when"):
        assert table.frame[name].to_list() == ARROW[name].to_list()
    assert table.frame["kind"].cast(pl.String).to_list() == ["oak", "elm", "oak"]
    assert batches.of(path, large_bytes=1) is None


def test_damaged_and_ancient_arrow_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.feather"
    ARROW.write_ipc(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match="begins like an Arrow file but cannot be read"):
        read(path)
    path.write_bytes(b"FEA1" + bytes(100))
    with pytest.raises(InputError, match="is a Feather file of the first version"):
        read(path)


def test_standard_input_is_read_once_and_refused_by_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"a,b\n1,2\n3,4\n", b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n'):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        table = read("-", once=True)
        assert [[int(cell) for cell in row] for row in table.frame.rows()] == [[1, 2], [3, 4]]
        assert table.source == "standard input"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(InputError, match="standard input is empty"):
        read("-", once=True)
    with pytest.raises(InputError, match="Standard input is a pipe, which can be read only once"):
        read("-")
