"""Frames and arrays in files without a name."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from honed.errors import RunError
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


def test_a_full_temporary_folder_is_named_with_the_way_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    pieces = Pieces()
    monkeypatch.setattr(os, "posix_fallocate", full)
    monkeypatch.setattr(os, "pwrite", full)
    said = rf"bytes of working data in {tempfile.gettempdir()} \(the variable TMPDIR .*\): the disk is full"
    with pytest.raises(RunError, match=f"cannot write 40 {said}"):
        scratch(5, np.dtype(np.float64))
    with pytest.raises(RunError, match=said):
        pieces.add(pl.DataFrame({"a": [1]}))
