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
    with pytest.raises(InputError, match="A path of the data is empty"):
        honed.refit(tmp_path, ["may.csv", ""])
    with pytest.raises(InputError, match=r"2 paths are given for the data.* - is standard input"):
        honed.refit(tmp_path, ["may.csv", "-"])
    with pytest.raises(InputError, match=r"cats\.npz holds pictures or arrays"):
        honed.refit(tmp_path, [tmp_path / "may.csv", tmp_path / "cats.npz"])
    with pytest.raises(InputError, match="no network can be trained in no time"):
        honed.refit(tmp_path, tmp_path / "new.csv", budget="0")
