"""Of which family data on the disk are, by what they are: `of`."""

from __future__ import annotations

import glob
import os
from itertools import chain
from typing import NamedTuple

from honed.addresses import is_address
from honed.errors import InputError
from honed.families.archive import is_archive
from honed.families.image import listed
from honed.families.image.size import asked_size
from honed.families.sequence.archive import is_of_sequences
from honed.run import paths
from honed.table.cells import brief
from honed.typed import JSON

IMAGE = "honed.families.image.family:IMAGE"
SEQUENCE = "honed.families.sequence.family:SEQUENCE"
_MISSING = "Missing option '--target'"


class Found(NamedTuple):
    """The family's address, None for that of tables; the target; what is said of the data for this family alone."""

    family: str | None
    target: str
    own: dict[str, JSON] | None = None


def of(
    data: str,
    target: str | None,
    image: str | None = None,
    size: str | None = None,
    sequence: str | None = None,
    step: str | None = None,
) -> Found:
    """Of a path: pictures or sequences where a column of them is named, or where it holds such and no table.

    Parameters
    ----------
    image : a table's column of paths. size : to which pictures are brought.
    sequence, step : a table's columns that say of which sequence a row is, and where in it.

    Raises
    ------
    InputError
        The words do not go together, or the path may be meant in two ways.
    """
    said = {"image": image, "size": size, "sequence": sequence, "step": step}
    own: dict[str, JSON] = {name: word for name, word in said.items() if word is not None}
    if is_address(data) and own:
        raise InputError(
            f"--{next(iter(own))} is about pictures or sequences, which are read from files, and the data are a "
            "database. Write its rows into a file first."
        )
    if sequence is not None or step is not None:
        return _sequences(data, target, own)
    if size is not None:
        asked_size(size)
    if image is not None:
        if target is None:
            raise InputError(
                f"{_MISSING}: a table of pictures needs the column to predict. Give --target COLUMN."
            )
        return Found(IMAGE, target, own)
    if is_of_sequences(data):
        if size is not None:
            raise InputError(f"--size {size} is that of pictures, and {data} holds sequences. Leave it out.")
        return Found(SEQUENCE, target or listed.target_of(data))
    if listed.holds_pictures(data) or (target is None and os.path.isdir(data) and not listed.tables_in(data)):
        return Found(IMAGE, target or listed.target_of(data), own or None)
    if not is_address(data):
        _check_is_one_folder(data)
    if size is not None:
        raise InputError(
            f"--size {size} is that of pictures, and {paths.shown(data)} holds none. Leave it out."
        )
    if target is None and not is_address(data) and (lacking := paths.missing(data)) is not None:
        raise InputError(f"There is no file or folder {brief(lacking)!r}. Check the path.")
    if target is None:
        raise InputError(f"{_MISSING}: a table needs the column to predict. Give --target COLUMN.")
    return Found(None, target)


def _check_is_one_folder(data: str) -> None:
    """Refuse several pictures, or folders of such, which are no table: a class is a subfolder of the one to give."""
    parts = paths.parts(data)
    if len(parts) == 1 and not paths.is_pattern(data):
        return
    named = (sorted(glob.glob(part)) if paths.is_pattern(part) else [part] for part in parts)
    found = list(chain(*named))
    if found and all(listed.is_picture(each) or listed.is_flat(each) for each in found):
        raise InputError(
            f"{paths.shown(data)} names {len(found):,} pictures or folders of pictures, such as {brief(found[0])!r}, "
            "and pictures are learned from one folder with one subfolder a class. Give the path of that folder."
        )


def _sequences(data: str, target: str | None, own: dict[str, JSON]) -> Found:
    """A long table, one row a step."""
    if "sequence" not in own:
        raise InputError(
            f"--step {own['step']} says where in its sequence a row is, and --sequence is missing. Give the column "
            "that rows of one sequence share: --sequence COLUMN."
        )
    for name in ("image", "size"):
        if name in own:
            raise InputError(
                f"--{name} is about pictures, and --sequence about rows over time. Leave one out."
            )
    if is_archive(data):
        raise InputError(f"--sequence names a column of a table, and {data} holds arrays. Leave it out.")
    if target is None:
        raise InputError(
            f"{_MISSING}: a table of sequences needs the column to predict. Give --target COLUMN."
        )
    return Found(SEQUENCE, target, own)
