from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from honed.errors import RunError
from honed.report.folds import FILE, outer_rows, write_folds
from honed.table.split import split


def test_rows_are_kept_as_positions_in_the_table(tmp_path: Path) -> None:
    rows = np.arange(60, dtype=np.int32) * 2 + 1  # every other row has a target
    splits = split(np.arange(60.0), "regression")
    write_folds(tmp_path, rows, splits)
    outer = outer_rows(tmp_path)
    assert outer is not None and outer.dtype == np.int32
    np.testing.assert_array_equal(outer, rows[splits.outer])
    kept = load_file(tmp_path / FILE)
    for number in range(len(splits.folds)):
        parts = np.concatenate([outer, kept[f"{number}/train"], kept[f"{number}/valid"]])
        np.testing.assert_array_equal(np.sort(parts), rows)


def test_a_run_that_kept_none_has_none(tmp_path: Path) -> None:
    assert outer_rows(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 100])
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(RunError, match=f"cannot read .*{FILE}"):
        outer_rows(tmp_path)
