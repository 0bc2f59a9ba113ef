"""Rows of large Parquet files that are read before all the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.families.table import early, streamed
from honed.families.table.streamed import Sizes
from honed.search.options import Options

SMALL = Sizes(large_cells=1, large_bytes=1)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "_PLACES", 3)
    monkeypatch.setattr(early, "_ROWS", 100)


def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {"a": rng.normal(size=1000), "b": rng.choice(["x", "y"], 1000), "y": np.arange(1000.0)}
    )


@pytest.mark.parametrize("files", [1, 2])
def test_rows_are_of_places_throughout_the_files(files: int, tmp_path: Path) -> None:
    rows = frame()
    for number in range(files):
        part = rows[number * 480 :][: 480 if files == 2 and not number else None]
        part.write_parquet(tmp_path / f"{number}.parquet", row_group_size=100)
    data = str(tmp_path if files == 2 else tmp_path / "0.parquet")
    found = early.glance(Options(data, "y"), data, SMALL)
    assert found is not None
    end = 480 if files == 2 else 550  # of the second place, no further than its file
    places = np.concatenate([np.arange(100), np.arange(450, end), np.arange(900, 1000)])
    np.testing.assert_array_equal(found.y, rows["y"].to_numpy()[places])
    assert [column.kind for column in found.schema.columns] == ["numeric", "boolean"]
    whole = streamed.from_files(Options(data, "y"), data, SMALL)
    assert whole is not None and whole.fingerprint == found.fingerprint


def test_of_few_rows_none_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of very wide tables."""
    monkeypatch.setattr(early, "_ROWS", 400)
    data = str(tmp_path / "t.parquet")
    frame().write_parquet(data)
    found = early.glance(Options(data, "y"), data, SMALL)
    assert found is not None
    np.testing.assert_array_equal(found.y, [*range(400), *range(600, 1000)])


def test_what_is_read_at_once_or_may_not_be_read_so_is_not_read_ahead(tmp_path: Path) -> None:
    data = str(tmp_path / "t.parquet")
    frame().write_parquet(data)
    asked = Options(data, "y")
    assert early.glance(asked, data, SMALL) is not None
    assert early.glance(asked, data) is None  # all of it is read as soon
    for other in (replace(asked, nested=3), replace(asked, target="z"), replace(asked, valid=data)):
        assert early.glance(other, data, SMALL) is None
    frame().write_csv(tmp_path / "t.csv")
    assert early.glance(Options(str(tmp_path / "t.csv"), "y"), str(tmp_path / "t.csv"), SMALL) is None
