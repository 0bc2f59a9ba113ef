"""Archives of sequences, and how they are told from those of pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from waves import archive, waves

from honed.errors import InputError
from honed.families.sequence.archive import is_of_sequences, read


def test_sequences_come_with_lengths_and_names(tmp_path: Path) -> None:
    found, sequences = read(archive(tmp_path / "a.npz", 20))
    assert sequences.lengths.tolist() == waves(20)[1].tolist()
    assert found.y is not None and set(found.y) == {"slow", "quick"}
    np.savez(tmp_path / "b.npz", X=np.zeros((3, 4)), y=[0, 1, 1])
    with pytest.raises(InputError, match=r"b.npz: X has the shape \(3, 4\)"):
        read(tmp_path / "b.npz")


def test_fractions_are_sequences_and_bytes_are_pictures(tmp_path: Path) -> None:
    made = {
        "floats": ({"X": np.zeros((2, 9, 3), np.float32)}, True),
        "without an axis of channels": ({"X": np.zeros((2, 9))}, True),
        "bytes": ({"X": np.zeros((2, 9, 9), np.uint8)}, False),
        "lengths": ({"X": np.zeros((2, 9, 3), np.int64), "lengths": [9, 8]}, True),
        "colours": ({"X": np.zeros((2, 9, 9, 3), np.float32)}, False),
    }
    for name, (arrays, are) in made.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)  # pyright: ignore[reportArgumentType]
        assert is_of_sequences(tmp_path / f"{name}.npz") == are, name
    assert not is_of_sequences(tmp_path / "none.npz") and not is_of_sequences(tmp_path / "a.csv")
