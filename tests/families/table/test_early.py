"""Sources of rows of large files that are read before all the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.families.table import early
from honed.families.table.streamed import Sizes
from honed.search.options import Options
from honed.table import ahead

SMALL = Sizes(large_cells=1, large_bytes=1)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_PLACES", 3)
    monkeypatch.setattr(ahead, "_ROWS", 100)


def frame() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return pl.DataFrame(
        {"a": rng.normal(size=1000), "b": rng.choice(["x", "y"], 1000), "y": np.arange(1000.0)}
    )


@pytest.mark.parametrize("end", ["parquet", "csv"])
def test_some_rows_are_a_source_as_all_are(end: str, tmp_path: Path) -> None:
    data = str(tmp_path / f"t.{end}")
    getattr(frame(), f"write_{end}")(data)
    found = early.glance(Options(data, "y"), data, SMALL)
    assert found is not None
    assert 200 < len(found.y) < 400
    assert (found.y.min(), found.y.max()) == (0, 999)
    assert [column.kind for column in found.schema.columns] == ["numeric", "boolean"]
    assert found.fingerprint == ""  # of all rows nothing is known


def test_what_is_read_at_once_or_may_not_be_read_so_is_not_read_ahead(tmp_path: Path) -> None:
    data = str(tmp_path / "t.parquet")
    frame().write_parquet(data)
    asked = Options(data, "y")
    assert early.glance(asked, data, SMALL) is not None
    assert early.glance(replace(asked, valid=data), data, SMALL) is not None
    assert early.glance(asked, data) is None  # all of it is read as soon
    for other in (replace(asked, nested=3), replace(asked, target="z")):
        assert early.glance(other, data, SMALL) is None
    packed = tmp_path / "t.csv.zip"
    packed.write_bytes(b"PK\x03\x04" + bytes(1000))
    assert early.glance(Options(str(packed), "y"), str(packed), SMALL) is None
