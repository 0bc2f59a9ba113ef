"""Pictures as arrays: `read` gives those of an archive that NumPy has saved (.npz), `pictures_of` checks any array."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError
from honed.families.image.inputs import BYTES
from honed.run import memory
from honed.table.cells import brief, some

if TYPE_CHECKING:
    from jaxtyping import Shaped

_KNOWN = ("X", "y", "classes", "groups")
_CHANNELS = (1, 3, 4)  # of pictures whose first axis may be theirs


@dataclass(frozen=True)
class Archive:
    """What an archive holds.

    Attributes
    ----------
    pictures : uint8 or float32 (rows, height, width, channels).
    y : (rows,) names of classes where the archive has `classes`, else as it was given; None where there is none.
    classes : their names by code, none where it has no such array. groups : (rows,) labels.
    """

    pictures: Shaped[np.ndarray, "rows height width channels"]
    y: Shaped[np.ndarray, " rows"] | None
    classes: tuple[str, ...]
    groups: Shaped[np.ndarray, " rows"] | None
    fingerprint: str


def read(path: str | Path, needs_target: bool = True) -> Archive:
    """The arrays `X`, `y` and, where they are there, `classes` and `groups`.

    Raises
    ------
    InputError
        No such file, no archive, an array is missing or of another shape, or holds objects or codes without a name.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
        with np.load(path, allow_pickle=False) as archive:
            _check_names(archive.files, path, needs_target)
            found = {name: archive[name] for name in _KNOWN if name in archive.files}
    except FileNotFoundError:
        raise InputError(f"There is no file {brief(str(path))!r}. Check the path.") from None
    except (ValueError, zipfile.BadZipFile, EOFError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is no archive of plain arrays ({brief(str(error)).rstrip('.')}). Write one with NumPy: "
            "np.savez(path, X=pictures, y=labels), labels as numbers or texts, not as objects."
        ) from None
    pictures = pictures_of(found["X"], f"{path}: X")
    for name in ("y", "groups"):
        if name in found and found[name].shape != (len(pictures),):
            raise InputError(
                f"{path}: {name} has the shape {found[name].shape}, but there are {len(pictures):,} pictures, and each "
                "needs one entry. Give an array of that length."
            )
    y, classes = found.get("y"), tuple(str(name) for name in found.get("classes", ()))
    if y is not None and "classes" in found:
        y = _named(y, classes, path)
    return Archive(pictures, y, classes, found.get("groups"), fingerprint)


def pictures_of(X: np.ndarray, what: str = "X") -> Shaped[np.ndarray, "rows height width channels"]:
    """Pictures as uint8, or float32 where they have fractions, with an axis for channels.

    Parameters
    ----------
    X : (rows, height, width) or (rows, height, width, channels) of truths or numbers; whole numbers from 0 to 255, and
        truths, are bytes.

    Raises
    ------
    InputError
        Another shape, no pixels, or pixels that are no finite numbers.
    """
    if X.ndim not in (3, 4):
        raise InputError(
            f"{what} has the shape {X.shape}, but pictures are arrays (rows, height, width) or (rows, height, width, "
            "channels). Give such an array."
        )
    if not X.size:
        raise InputError(f"{what} has the shape {X.shape}, so there is no pixel in it. Give pictures.")
    if X.ndim == 4 and X.shape[1] in _CHANNELS and X.shape[-1] > max(_CHANNELS):
        raise InputError(
            f"{what} has the shape {X.shape}, which looks as if channels came first; they are the last axis here. Give "
            "np.moveaxis(X, 1, -1)."
        )
    X = X if X.ndim == 4 else X[..., None]
    if X.dtype.kind == "b":
        return X.astype(np.uint8) * np.uint8(BYTES)
    if X.dtype.kind not in "iuf":
        raise InputError(f"{what} is an array of type {X.dtype}, but pixels are numbers. Give numbers.")
    if X.dtype.kind in "iu" and (X.dtype == np.uint8 or (X.min() >= 0 and X.max() <= BYTES)):
        return X.astype(np.uint8, copy=False)
    memory.check(4 * X.size)
    found = X.astype(np.float32)
    if not np.isfinite(found).all():
        row = int(np.argmin(np.isfinite(found).reshape(len(found), -1).all(axis=1)))
        raise InputError(
            f"{what} holds a pixel that is no finite number, in picture {row + 1:,}. Correct it, or leave it out."
        )
    return found


def _named(
    codes: Shaped[np.ndarray, " rows"], classes: tuple[str, ...], path: Path
) -> Shaped[np.ndarray, " rows"]:
    """The class of each picture by its name."""
    is_whole = codes.dtype.kind in "iu"
    if not is_whole or codes.min() < 0 or codes.max() >= len(classes):
        held = f"codes from {codes.min()} to {codes.max()}" if is_whole else f"entries of type {codes.dtype}"
        raise InputError(
            f"{path}: y holds {held}, but `classes` names {len(classes)}, so they "
            f"must be whole numbers from 0 to {len(classes) - 1}. Correct one of both."
        )
    return np.array(classes)[codes]


def _check_names(names: list[str], path: Path, needs_target: bool) -> None:
    wanted = ("X", "y") if needs_target else ("X",)
    for name in wanted:
        if name not in names:
            raise InputError(
                f"{path} holds no array {name!r}, but {some(names) if names else 'none'}. An archive of pictures holds "
                "X (rows, height, width[, channels]) and, to learn from, y (rows,)."
            )
