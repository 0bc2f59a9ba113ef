"""Frames and arrays in files without a name."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.families.table.scratch import Pieces, scratch


def test_frames_come_back_in_their_order_and_again() -> None:
    pieces = Pieces()
    frames = [pl.DataFrame({"a": [number, None], "b": ["x", str(number)]}) for number in range(3)]
    for frame in frames:
        pieces.add(frame)
    for _ in range(2):
        assert all(one.equals(two) for one, two in zip(pieces, frames, strict=True))


def test_an_array_can_be_written_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = scratch(5, np.dtype(np.int32))
    found[2] = 7
    assert found.tolist() == [0, 0, 7, 0, 0]
    assert len(scratch(0, np.dtype(np.float64))) == 0
    assert not os.listdir(tmp_path)
