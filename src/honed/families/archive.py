"""Arrays that NumPy has saved (.npz): `read` gives those of an archive by name, with what `y` means by its classes."""

from __future__ import annotations

import hashlib
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import size as in_bytes
from honed.run import memory
from honed.table.cells import brief, some

if TYPE_CHECKING:
    from jaxtyping import Shaped

SUFFIX = ".npz"
TARGET = "y"  # the array of targets
_MEMBER = ".npy"  # ends the name of an array's file in it
# What NumPy and unpackers raise; TypeError is of a single array that is named as an archive.
_DAMAGE = (
    *(ValueError, TypeError, EOFError, RuntimeError, OverflowError, struct.error),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile),
)
_NO_HEADER = (MemoryError, RecursionError, SyntaxError, KeyError, tokenize.TokenError)  # of what is no Python
_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")  # of archives, the second of empty ones
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


def check_target(path: str, target: str) -> None:
    """Refuse a target that is no array of targets; honed calls it `y`."""
    if target != TARGET:
        raise InputError(
            f"{path} is an archive of arrays, whose target is the array `{TARGET}`, and {brief(target)!r} was asked "
            f"for. Leave --target out, or save that array as `{TARGET}`."
        )


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
            file.seek(0)
            if file.read(4) not in _BEGINS:  # of a single array NumPy would make whatever its header says
                raise ValueError("it does not begin as one does")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                _check_names(archive.files, path, needs_target, noun, shape)
                names = [name for name in ("X", "y", "classes", "groups", *others) if name in archive.files]
                _check_sizes(archive.zip, names, path)
                found = {name: archive[name] for name in names}
    except FileNotFoundError:
        raise InputError(f"There is no file {brief(str(path))!r}. Check the path.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder, and an archive is a file. Check the path.") from None
    except (OSError, *_DAMAGE) as error:
        if isinstance(error, InputError) or getattr(error, "filename", None):  # a path that may not be read
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
        with zipfile.ZipFile(path) as archive, archive.open(f"X{_MEMBER}") as file:
            names = [name.removesuffix(_MEMBER) for name in archive.namelist()]
            found = _header(file)
    except (OSError, KeyError, *_DAMAGE):
        return None
    return found.shape, found.dtype.kind, names


class _Header(NamedTuple):
    """What the file of an array says before its bytes begin, and how many bytes the array then takes."""

    shape: tuple[int, ...]
    dtype: np.dtype
    size: int


def _header(file: IO[bytes]) -> _Header:
    """Read up to the first byte of the array; `ValueError` where it describes none."""
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise ValueError(f"version {version[0]}.{version[1]} is none of plain arrays")
    try:
        shape, _, dtype = _READERS[version](file)
    except _NO_HEADER:
        raise ValueError("the header of an array is damaged") from None
    if dtype.hasobject:
        raise ValueError("it holds objects of Python")
    if min(shape, default=0) < 0:
        raise ValueError(f"the header of an array says the shape {brief(str(shape))}")
    entry = max(1, dtype.itemsize)  # bytes; NumPy gives one to an empty text too
    return _Header(shape, dtype, math.prod(shape) * entry)


def _check_sizes(archive: zipfile.ZipFile, names: Sequence[str], path: Path) -> None:
    """Refuse arrays that the archive cannot hold, or that memory cannot, before any is made.

    What a header says costs nothing to write, and NumPy takes it at its word.
    """
    total = 0
    for name in names:
        member = f"{name}{_MEMBER}"
        if member not in archive.namelist():
            raise ValueError(f"{name} is kept without its header")
        with archive.open(member) as file:
            said = _header(file)
            held = archive.getinfo(member).file_size - file.tell()
        if said.size > held:
            raise InputError(
                f"{path}: {name} is an array of {in_bytes(said.size)} by its header (its shape is "
                f"{brief(str(said.shape))}), but {in_bytes(max(held, 0))} of it are there: the file is damaged or was "
                "cut off. Write or copy it again."
            )
        total += said.size
    free = memory.available()
    if total > free:
        raise InputError(
            f"{path} holds arrays of {in_bytes(total)}, and {in_bytes(free)} of memory are free, so they cannot be "
            "read. Give fewer rows, or smaller ones."
        )


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
