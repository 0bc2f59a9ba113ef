"""Rows of large files that are read before all the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.table import ahead, batches, read
from honed.table.batches import Batches, Irregular

ROWS = pl.DataFrame(
    {
        "a": np.random.default_rng(0).normal(size=1000).round(3),
        "b": np.random.default_rng(1).choice(["x", "y, or z", 'so "called"'], 1000),
        "y": np.arange(1000) + 1000,
    }
)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_PLACES", 3)
    monkeypatch.setattr(ahead, "_ROWS", 100)
    monkeypatch.setattr(ahead, "_HEAD", 2000)


def large(path: Path) -> Batches:
    found = batches.of(path, large_cells=1, large_bytes=1)
    assert found is not None
    return found


@pytest.mark.parametrize("files", [1, 2])
def test_rows_are_of_places_throughout_parquet_files(files: int, tmp_path: Path) -> None:
    for number in range(files):
        part = ROWS[number * 480 :][: 480 if files == 2 and not number else None]
        part.write_parquet(tmp_path / f"{number}.parquet", row_group_size=100)
    found = ahead.rows(large(tmp_path if files == 2 else tmp_path / "0.parquet"))
    end = 480 if files == 2 else 550  # of the second place, no further than its file
    places = np.concatenate([np.arange(100), np.arange(450, end), np.arange(900, 1000)])
    assert found.equals(ROWS[places])


def test_a_byte_order_mark_belongs_to_no_cell(tmp_path: Path) -> None:
    lines = "".join(f"{number}.5,{number % 7}\n" for number in range(1000))  # no header
    (tmp_path / "t.csv").write_text(lines, encoding="utf-8-sig")
    assert ahead.rows(large(tmp_path / "t.csv")).row(0) == ("0.5", "0")


@pytest.mark.parametrize("files", [1, 2])
def test_rows_are_of_places_throughout_csv_files(files: int, tmp_path: Path) -> None:
    for number in range(files):
        part = ROWS[number * 480 :][: 480 if files == 2 and not number else None]
        part = part if not number else part.select("y", "b", "a")
        part.write_csv(tmp_path / f"{number}.csv")
    path = tmp_path if files == 2 else tmp_path / "0.csv"
    found = ahead.rows(large(path))
    whole = read.read(tmp_path / "0.csv").frame
    if files == 2:
        whole = pl.concat([whole, read.read(tmp_path / "1.csv").frame.select(whole.columns)])
    rows = found["y"].cast(pl.Int64).to_numpy() - 1000
    assert found.equals(whole[rows])  # each row as it is read with all others
    assert rows[0] == 0 and rows[-1] == 999  # neither header nor half a line
    assert np.count_nonzero(np.diff(rows) != 1) == 2  # three places
    assert 200 < len(rows) < 320


def test_of_few_rows_none_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of very wide tables."""
    monkeypatch.setattr(ahead, "_ROWS", 400)
    ROWS.write_parquet(tmp_path / "t.parquet")
    found = ahead.rows(large(tmp_path / "t.parquet"))
    np.testing.assert_array_equal(found["y"] - 1000, [*range(400), *range(600, 1000)])


def test_a_title_and_a_total_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    total = f"Total,,{ROWS['y'].sum()}\n"
    path.write_text("Sales of the year\n\n" + ROWS.select("b", "a", "y").write_csv() + total)
    found = ahead.rows(large(path))
    assert found.columns == ["b", "a", "y"]
    assert found["y"].cast(pl.Int64).is_between(1000, 1999).all()


@pytest.mark.parametrize("text", ["two\nlines", "Zürich"])
def test_a_place_whose_lines_may_be_no_rows_is_refused(text: str, tmp_path: Path) -> None:
    words = ROWS.with_columns(b=pl.when(pl.col("y") > 1500).then(pl.lit(text)).otherwise("b")).write_csv()
    (tmp_path / "t.csv").write_bytes(words.encode("latin-1"))
    with pytest.raises(Irregular):
        ahead.rows(large(tmp_path / "t.csv"))


def test_of_many_columns_few_rows_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_CELLS", 60)
    monkeypatch.setattr(ahead, "_LEAST", 5)
    ROWS.write_parquet(tmp_path / "t.parquet")
    assert ahead.rows(large(tmp_path / "t.parquet")).height == 3 * 20
