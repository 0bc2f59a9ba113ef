"""Arrays that NumPy has saved (.npz): `read` gives those of an archive by name, with what `y` means by its classes."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.table.cells import brief, some

if TYPE_CHECKING:
    from jaxtyping import Shaped

SUFFIX = ".npz"
# What NumPy and unpackers raise; TypeError is of a single array that is named as an archive.
_DAMAGE = (ValueError, TypeError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile)
_EACH = ("y", "groups", "lengths")  # arrays of one entry a row


@dataclass(frozen=True)
class Archive:
    """What an archive holds.

    Attributes
    ----------
    rows : `X`, as the archive's reader wants it. arrays : the others that it asked for and that are there, by name.
    y : (rows,) names of classes where the archive has `classes`, else as it was given; None where there is none.
    classes : their names by code, none where it has no such array. groups : (rows,) labels, or None.
    """

    rows: Shaped[np.ndarray, "rows ..."]
    y: Shaped[np.ndarray, " rows"] | None
    classes: tuple[str, ...]
    groups: Shaped[np.ndarray, " rows"] | None
    fingerprint: str
    arrays: dict[str, np.ndarray]


def is_archive(path: str | Path) -> bool:
    """Whether a path is named as an archive of arrays is."""
    return str(path).lower().endswith(SUFFIX)


def read(
    path: str | Path,
    rows_of: Callable[[np.ndarray, str], Shaped[np.ndarray, "rows ..."]],
    noun: str,
    shape: str,
    needs_target: bool = True,
    others: Sequence[str] = (),
) -> Archive:
    """The arrays `X`, `y` and, where they are there, `classes`, `groups` and others.

    Parameters
    ----------
    rows_of : `X`, and what it is called in messages, to rows, or an `InputError`.
    noun, shape : what a row is, and the axes of `X`, for messages.

    Raises
    ------
    InputError
        No such file, no archive, an array is missing or of another shape, or holds objects, bytes that are no text, or
        codes without a name.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
        with np.load(path, allow_pickle=False) as archive:
            _check_names(archive.files, path, needs_target, noun, shape)
            names = ("X", "y", "classes", "groups", *others)
            found = {name: archive[name] for name in names if name in archive.files}
    except FileNotFoundError:
        raise InputError(f"There is no file {brief(str(path))!r}. Check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder, and an archive is a file. Check the path.") from None
    except _DAMAGE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is no archive of plain arrays ({brief(str(error)).rstrip('.')}). Write one with NumPy: "
            f"np.savez(path, X=rows, y=labels), labels as numbers or texts, not as objects."
        ) from None
    rows = rows_of(found.pop("X"), f"{path}: X")
    found = {name: _texts(array, f"{path}: {name}") for name, array in found.items()}
    for name in _EACH:
        if name in found and found[name].shape != (len(rows),):
            raise InputError(
                f"{path}: {name} has the shape {found[name].shape}, but there are {len(rows):,} {noun}s, and each "
                "needs one entry. Give an array of that length."
            )
    y, named = found.pop("y", None), "classes" in found
    classes = _class_names(found.pop("classes", np.zeros(0, str)), path)
    if y is not None and named:
        y = _named(y, classes, path)
    return Archive(rows, y, classes, found.pop("groups", None), fingerprint, found)


def shape_of(path: str | Path) -> tuple[tuple[int, ...], str, list[str]] | None:
    """The shape and the kind of `X` as NumPy names it (such as "f"), and all names, without the arrays.

    None where the file is no archive with such an array.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open("X.npy") as file:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
            major, _ = np.lib.format.read_magic(file)
            readers = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}
            shape, _, dtype = readers[major](file)
    except (OSError, KeyError, *_DAMAGE):
        return None
    return shape, dtype.kind, names


def _texts(array: np.ndarray, what: str) -> np.ndarray:
    """The array with texts in place of bytes, as which HDF5 and older programs keep them."""
    if array.dtype.kind != "S":
        return array
    try:
        return np.strings.decode(array, "utf-8")
    except UnicodeDecodeError:
        raise InputError(
            f"{what} holds texts as bytes that are not UTF-8, so nobody knows which letters they are. Decode them "
            "before they are saved, such as np.strings.decode(labels, 'latin-1')."
        ) from None


def _class_names(classes: np.ndarray, path: Path) -> tuple[str, ...]:
    """The names of classes by code, each another."""
    names = tuple(str(name) for name in classes) if classes.ndim == 1 else ()
    if classes.ndim != 1 or len(set(names)) < len(names):
        twice = next((name for name in names if names.count(name) > 1), None)
        held = f"has the shape {classes.shape}" if twice is None else f"holds {brief(twice)!r} twice"
        raise InputError(
            f"{path}: classes {held}, but it must hold one name for each code of y, each another. Correct it."
        )
    return names


def _named(
    codes: Shaped[np.ndarray, " rows"], classes: tuple[str, ...], path: Path
) -> Shaped[np.ndarray, " rows"]:
    """The class of each row by its name."""
    if not len(codes):
        raise InputError(f"{path} holds no rows, so there is nothing to learn from. Give others.")
    is_whole = codes.dtype.kind in "iu"
    if not is_whole or codes.min() < 0 or codes.max() >= len(classes):
        held = f"codes from {codes.min()} to {codes.max()}" if is_whole else f"entries of type {codes.dtype}"
        raise InputError(
            f"{path}: y holds {held}, but `classes` names {len(classes)}, so they "
            f"must be whole numbers from 0 to {len(classes) - 1}. Correct one of both."
        )
    return np.array(classes)[codes]


def _check_names(names: list[str], path: Path, needs_target: bool, noun: str, shape: str) -> None:
    wanted = ("X", "y") if needs_target else ("X",)
    for name in wanted:
        if name not in names:
            others = f"but {some(names)}" if names else "nor any other"
            raise InputError(
                f"{path} holds no array {name!r}, {others}. An archive of {noun}s holds X {shape} and, to learn from, "
                "y (rows,)."
            )
