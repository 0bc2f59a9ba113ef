"""Sequences in an archive that NumPy has saved (.npz): `read`; `is_of_sequences` tells them from pictures."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from honed.families import archive
from honed.families.archive import Archive
from honed.families.sequence.measured import FORM, Measured, of_arrays


class Read(NamedTuple):
    """The archive, and its sequences."""

    archive: Archive
    sequences: Measured


def is_of_sequences(path: str | Path) -> bool:
    """Whether `X` has two or three axes and holds numbers with fractions, or the archive says `lengths`.

    Bytes of three axes are grey pictures, and so is whatever has four. With two, an axis of channels is missing: `read`
    says so.
    """
    found = archive.shape_of(path) if archive.is_archive(path) else None
    if found is None:
        return False
    shape, kind, names = found
    return "lengths" in names or (len(shape) in (2, 3) and kind == "f")


def read(path: str | Path, needs_target: bool = True) -> Read:
    """The arrays `X`, `y` and, where they are there, `lengths`, `classes` and `groups`.

    Raises
    ------
    InputError
        As `honed.families.archive.read` and `of_arrays`.
    """
    found = archive.read(path, _counted, "sequence", FORM, needs_target, ("lengths",))
    return Read(found, of_arrays(found.rows, f"{path}: X", found.arrays.get("lengths")))


def _counted(X: np.ndarray, what: str) -> np.ndarray:
    """As it is; only its shape is checked, for lengths come with the other arrays."""
    if X.ndim != 3:
        of_arrays(X, what)
    return X
