"""What one pass over the files finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.families.table import first_pass
from honed.search.options import Options
from honed.table import batches

ROWS = 3000


def found(path: Path, **asked: Any) -> first_pass.Found:
    parts = batches.of(path, large_bytes=1, large_cells=1, block=20_000, cells=1)
    assert parts is not None
    return first_pass.first_pass(parts, Options(str(path), "y", **asked), 500)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    days = pl.Series(np.arange(ROWS) + 18_000).cast(pl.Int32).cast(pl.Date)
    frame = pl.DataFrame({"number": range(ROWS), "day": days, "word": ["w"] * ROWS, "y": [None, 1, 2] * 1000})
    frame.write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def test_the_sample_is_drawn_from_all_rows_and_keeps_their_order(path: Path) -> None:
    one = found(path)
    assert (one.rows, one.sample.height, len(one.of_sample)) == (ROWS, 500, 500)
    assert one.sample["number"].cast(pl.Int64).to_list() == one.of_sample.tolist()
    assert (np.diff(one.of_sample) > 0).all() and abs(one.of_sample.mean() / ROWS - 0.5) < 0.05
    assert one.nulls["y"] == 0 and one.nulls["day"] == 0


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({}, ("y", "day")),
        ({"no_time": True}, ("y",)),
        ({"exclude": ("day",)}, ("y",)),
        ({"group": "word"}, ("y", "word")),
        ({"time": "number"}, ("y", "number")),
        ({"fold": "none"}, ("y",)),
    ],
    ids=str,
)
def test_columns_by_which_rows_may_be_shared_out_are_kept_of_all(
    path: Path, asked: dict[str, Any], kept: tuple[str, ...]
) -> None:
    one = found(path, **asked)
    assert one.columns == kept
    pieces = list(one.pieces(kept[-1]))
    assert [before for before, _ in pieces] == np.cumsum(
        [0, *(piece.height for _, piece in pieces[:-1])]
    ).tolist()
    assert sum(piece.height for _, piece in pieces) == ROWS


def test_chances_of_a_row_do_not_depend_on_the_batch() -> None:
    whole = first_pass.chances(0, 150_000, 1, "sample")
    np.testing.assert_array_equal(first_pass.chances(65_000, 70_000, 1, "sample"), whole[65_000:135_000])
    assert not np.array_equal(first_pass.chances(0, 10, 1, "bucket"), whole[:10])
