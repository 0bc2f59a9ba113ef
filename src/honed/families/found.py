"""Of which family data on the disk are, by what they are: `of`."""

from __future__ import annotations

import os
from typing import NamedTuple

from honed.errors import InputError
from honed.families.image import listed
from honed.families.image.size import asked_size
from honed.run.disk import is_there
from honed.table.cells import brief
from honed.typed import JSON

IMAGE = "honed.families.image.family:IMAGE"
_MISSING = "Missing option '--target'"


class Found(NamedTuple):
    """The family's address, None for that of tables; the target; what is said of the data for this family alone."""

    family: str | None
    target: str
    own: dict[str, JSON] | None = None


def of(data: str, target: str | None, image: str | None = None, size: str | None = None) -> Found:
    """Of a path: pictures where a column of them is named, or where it holds pictures and no table.

    Parameters
    ----------
    image : a table's column of paths. size : to which pictures are brought.

    Raises
    ------
    InputError
        The words do not go together, or the path may be meant in two ways.
    """
    own: dict[str, JSON] = {
        name: word for name, word in (("image", image), ("size", size)) if word is not None
    }
    if size is not None:
        asked_size(size)
    if image is not None:
        if target is None:
            raise InputError(
                f"{_MISSING}: a table of pictures needs the column to predict. Give --target COLUMN."
            )
        return Found(IMAGE, target, own)
    if listed.holds_pictures(data) or (target is None and os.path.isdir(data) and not listed.tables_in(data)):
        return Found(IMAGE, target or listed.target_of(data), own or None)
    if size is not None:
        raise InputError(f"--size {size} is that of pictures, and {data} holds none. Leave it out.")
    if target is None and not is_there(data):
        raise InputError(f"There is no file or folder {brief(data)!r}. Check the path.")
    if target is None:
        raise InputError(f"{_MISSING}: a table needs the column to predict. Give --target COLUMN.")
    return Found(None, target)
