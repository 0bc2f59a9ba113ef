"""`honed.refit`: what it refuses; what it does is in `tests/search/test_more_rows.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

import honed
from honed.errors import InputError


def test_a_folder_without_a_run_and_no_time_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no run \(no run\.json\)"):
        honed.refit(tmp_path, tmp_path / "new.csv")
    with pytest.raises(InputError, match="No data are given"):
        honed.refit(tmp_path, [])
    with pytest.raises(InputError, match="no network can be trained in no time"):
        honed.refit(tmp_path, tmp_path / "new.csv", budget="0")
