"""To which size pictures are brought: `chosen`, and `asked_size` for what a user says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import size as in_bytes
from honed.run import memory
from honed.typed import shown

if TYPE_CHECKING:
    from jaxtyping import Int

MOST = 128  # pixels of the longer side, unless more are asked for
LARGEST = 1024
LEAST = 4  # pixels of a side, below which there is nothing to look at in windows
_COPIES = 3  # of all pixels, that reading, encoding and handing over hold at once
_SIZE = re.compile(r"\s*(\d{1,5})\s*(?:[x×,]\s*(\d{1,5})\s*)?", re.IGNORECASE)


class Size(NamedTuple):
    """Pixels of each side."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height} × {self.width}"


def asked_size(text: str | int) -> Size:
    """A size as a user says it: ``64`` for a square, ``48x64`` for height and width.

    Raises
    ------
    InputError
        No such size, or one that is too small or too large.
    """
    found = _SIZE.fullmatch(str(text))
    if found is None:
        raise InputError(
            f"The size of pictures is {shown(text)}, which is none. Give pixels, such as 64, or height and width, "
            "such as 48x64."
        )
    size = Size(int(found[1]), int(found[2] or found[1]))
    if not LEAST <= min(size) <= max(size) <= LARGEST:
        raise InputError(
            f"The size of pictures is {size}, but each side must have from {LEAST} to {LARGEST:,} pixels."
        )
    return size


def check_least(size: Size, brought_to: Size | None = None) -> None:
    """Refuse pictures of that size in which, or in what they are brought to, windows have nothing to look at."""
    if min(brought_to or size) < LEAST:
        raise InputError(
            f"The pictures are of {size} pixels, height × width, in which there is nothing to look at in windows: a "
            f"side needs {LEAST} at least. Give larger pictures, or their pixels as a table."
        )


def chosen(sides: Int[np.ndarray, "pictures 2"], channels: int, asked: Size | None) -> tuple[Size, str]:
    """The size to bring pictures to, and a sentence on it; "" where nothing is changed.

    By default the medians of their heights and widths, made smaller together where the longer one is above `MOST`.

    Parameters
    ----------
    sides : height and width of each. asked : by the user.

    Raises
    ------
    InputError
        They are too small, or do not fit into memory.
    """
    median = Size(*(int(side) for side in np.median(sides, axis=0)))
    longest = max(median)
    size = median if longest <= MOST else _scaled(median, MOST / longest)
    if asked is None:
        check_least(median, size)
    size = asked or size
    needed, free = _COPIES * len(sides) * size.height * size.width * channels, memory.available()
    room = (1 - memory.MARGIN) * free
    if needed > room:  # made smaller by itself it would hang on what else the machine does
        fitting = _scaled(size, (room / needed) ** 0.5)
        raise InputError(
            f"{len(sides):,} pictures of {size} pixels take {in_bytes(needed)} of memory, and {in_bytes(free)} are "
            f"free. Give a smaller --size, such as {fitting.height}x{fitting.width}, or fewer pictures."
        )
    if (sides == size).all():
        return size, ""
    kinds = len(np.unique(sides, axis=0))
    from_ = f"of {median}" if kinds == 1 else f"of {kinds:,} sizes, {median} in the median,"
    why = "as asked" if asked is not None else "whatever their shape" if kinds > 1 else f"at most {MOST}"
    return size, f"Pictures {from_} were brought to {size} pixels ({why}; --size says another)."


def _scaled(size: Size, factor: float) -> Size:
    return Size(*(max(1, int(side * factor + 1e-9)) for side in size))
