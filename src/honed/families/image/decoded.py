"""Files of pictures to pixels, by Pillow: `look` reads their heads, `decoded` the whole of them.

All cores work, as far as memory has room for what they decode. Grey stays grey, all else becomes red, green and blue:
palettes, CMYK, and what is transparent over white. Of several frames the first counts, and a photograph is turned as
its camera says. Pixels become bytes; grey ones of 16 bits by the span of all of them, since nothing in a file says
how many of the bits a camera fills.
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from honed.errors import InputError
from honed.families.image.inputs import BYTES
from honed.figures import counted
from honed.run import memory
from honed.table.cells import brief

if TYPE_CHECKING:
    from jaxtyping import Integer, UInt8

_TURNED = (5, 6, 7, 8)  # orientations that change sides
_ORIENTATION = 0x0112
_GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L")
_NUMBERS = "I"  # begins the modes of grey pictures whose pixels are more than bytes
_CUT = ";16"  # in what Pillow says of how pixels lie in a file, of colours whose upper 8 bits alone it gives
FULL = (0, 2**16 - 1)  # what 16 bits can hold
_SHOWN = 10  # broken pictures that a sentence names
_ROOM = 2  # times the wanted size, to which a JPEG is read before it is scaled as it should be
_PIXEL_BYTES = 24  # of a pixel: Pillow has four, and what is transparent and turned lies there six times
Found = TypeVar("Found")
Opened = Any  # an image of Pillow's


class Look(NamedTuple):
    """What the head of a file says; sides after turning, `has_alpha` where parts may be transparent.

    is_cut : whether these are colours of 16 bits, of which Pillow gives the upper 8.
    """

    height: int
    width: int
    is_grey: bool
    has_alpha: bool
    format: str
    is_cut: bool = False


class Unreadable(NamedTuple):
    """Why a file cannot be read; `is_bomb` where it is too large to be decoded."""

    why: str
    is_bomb: bool = False


EMPTY = "an empty cell"  # in place of a path that is not given
_NO_PATH = Unreadable("no path is given")


class Decoded(NamedTuple):
    """Pixels of files, zeros where one cannot be read, and then why; SHA-256 of each file.

    spans : least and largest pixel of those of 16 bits, before these became bytes.
    """

    pixels: UInt8[np.ndarray, "files height width channels"]
    unreadable: dict[int, Unreadable]
    digests: list[bytes]
    spans: dict[int, tuple[int, int]]

    @property
    def span(self) -> tuple[int, int] | None:
        """Of all of them together; None where there is none."""
        if not self.spans:
            return None
        lows, highs = zip(*self.spans.values(), strict=True)
        return min(lows), max(highs)


def look(paths: Sequence[Path | None]) -> list[Look | Unreadable]:
    """The heads of files, and all of a PNG, which may say last how it is turned; None is a path that is not given."""
    return _each(functools.partial(_look, room=memory.Room()), paths)


def decoded(
    paths: Sequence[Path | None], height: int, width: int, channels: int, span: tuple[int, ...] = FULL
) -> Decoded:
    """The pictures of files, brought to one size.

    Parameters
    ----------
    channels : 1 for grey, 3 for red, green and blue.
    span : the pixels of 16 bits that become black and white, and all beyond them.
    """
    pixels, spans = np.zeros((len(paths), height, width, channels), np.uint8), {}
    room = memory.Room(pixels.nbytes)

    def one(number: int) -> tuple[bytes, Unreadable | None]:
        path, content = paths[number], b""
        if path is None:
            return hashlib.sha256(content).digest(), _NO_PATH
        try:
            content = path.read_bytes()
            pixels[number], own = _pixels(content, height, width, channels, span, room)
            if own is not None:
                spans[number] = own
        except Exception as error:  # Pillow raises whatever its formats do
            return hashlib.sha256(content).digest(), _unreadable(error)
        return hashlib.sha256(content).digest(), None

    found = _each(one, range(len(paths)))
    unreadable = {number: why for number, (_, why) in enumerate(found) if why is not None}
    return Decoded(pixels, unreadable, [digest for digest, _ in found], spans)


def resized(
    pictures: UInt8[np.ndarray, "rows from_height from_width channels"], height: int, width: int
) -> UInt8[np.ndarray, "rows height width channels"]:
    """Pictures in memory brought to another size, uint8 or float32, each channel by itself."""
    image = pillow()
    kept = np.uint8 if pictures.dtype == np.uint8 else np.float32

    def one(picture: np.ndarray) -> np.ndarray:
        planes = [
            image.fromarray(np.ascontiguousarray(picture[..., channel], kept))
            for channel in range(picture.shape[-1])
        ]
        return np.stack([np.asarray(_scaled(plane, height, width)) for plane in planes], axis=-1)

    if not len(pictures):
        return np.zeros((0, height, width, pictures.shape[-1]), kept)
    return np.stack(_each(one, pictures))


def said_of_unreadable(names: Sequence[str], unreadable: Mapping[int, Unreadable], then: str) -> str:
    """A sentence that names files which cannot be read, the first with the reason.

    Parameters
    ----------
    names : of all files, "" where no path is given. then : what becomes of those that cannot be read.
    """
    count, first = len(unreadable), next(iter(unreadable.values()))
    first_ones = [names[row] or EMPTY for row in itertools.islice(unreadable, _SHOWN)]
    # the end of a long path is what tells files of one folder apart
    shown = ", ".join(name if len(name) <= 80 else "…" + name[-79:] for name in first_ones)
    more = f" and {count - _SHOWN:,} more" if count > _SHOWN else ""
    are = "is" if count == 1 else "are"
    reason = first.why if count == 1 else f"the first: {first.why}"
    return f"{counted(count, 'picture')} cannot be read and {are} {then}: {shown}{more} ({reason})."


def pillow() -> ModuleType:
    """`PIL.Image`.

    Raises
    ------
    InputError
        Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError:
        raise InputError(
            "Files of pictures are read by Pillow, which is not installed. Install it: pip install 'honed[images]'"
        ) from None
    return Image


def _each(work: Callable[[Any], Found], items: Sequence[Any] | np.ndarray) -> list[Found]:
    """The work on each, on all cores; what Pillow would warn of is an error there."""
    bomb = pillow().DecompressionBombWarning
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with warnings.catch_warnings(), ThreadPoolExecutor(count) as threads:
        warnings.simplefilter("ignore")  # of damaged metadata
        warnings.simplefilter("error", bomb)
        return list(threads.map(work, items))


def _look(path: Path | None, room: memory.Room) -> Look | Unreadable:
    if path is None:
        return _NO_PATH
    try:
        with pillow().open(path) as image:
            width, height = image.size
            is_cut = not image.mode.startswith(_NUMBERS) and _CUT in str(getattr(image, "tile", ""))
            with room.take(_needed(image)):
                is_turned = image.getexif().get(_ORIENTATION) in _TURNED
            if is_turned:
                width, height = height, width
            return Look(height, width, image.mode in _GREY, _has_alpha(image), image.format or "", is_cut)
    except Exception as error:  # Pillow raises whatever its formats do
        return _unreadable(error)


def _unreadable(error: Exception) -> Unreadable:
    image = pillow()
    if isinstance(error, (image.DecompressionBombError, image.DecompressionBombWarning)):
        most = (image.MAX_IMAGE_PIXELS or 0) / 1e6
        return Unreadable(f"it has more than the {most:.0f} million pixels that are decoded at most", True)
    if isinstance(error, image.UnidentifiedImageError):
        return Unreadable("it is no picture in a format that Pillow knows")
    if isinstance(error, OSError) and error.strerror:
        return Unreadable(error.strerror)
    return Unreadable(brief(str(error) or type(error).__name__).rstrip("."))


def _pixels(
    content: bytes, height: int, width: int, channels: int, span: tuple[int, ...], room: memory.Room
) -> tuple[np.ndarray, tuple[int, int] | None]:
    """(height, width, channels) of one file; where it has 16 bits, its least and largest pixel before."""
    from PIL import ImageOps

    if not content:
        raise ValueError("it is empty")
    with pillow().open(io.BytesIO(content)) as image:
        side = _ROOM * max(height, width)
        image.draft(None, (side, side))  # a JPEG is then read at half, a quarter … of its size
        with room.take(_needed(image)):
            image, own = _plain(ImageOps.exif_transpose(image), span)
            image = _scaled(image.convert("L" if channels == 1 else "RGB"), height, width)
        return np.asarray(image, np.uint8).reshape(height, width, channels), own


def _needed(image: Opened) -> int:
    """Bytes that are held at once while a picture is decoded and brought to its form."""
    return _PIXEL_BYTES * image.size[0] * image.size[1]


def _plain(image: Opened, span: tuple[int, ...]) -> tuple[Opened, tuple[int, int] | None]:
    """Grey or colours of 8 bits, what is transparent over white; see `_pixels`.

    Raises
    ------
    ValueError
        Pixels are numbers of which nobody knows what is white.
    """
    if image.mode.startswith(_NUMBERS):
        values = np.asarray(image)
        least, largest = int(values.min()), int(values.max())
        if least < FULL[0] or largest > FULL[1]:
            raise ValueError("its pixels are numbers of 32 bits; give such pictures as an array (.npz)")
        return pillow().fromarray(_bytes(values, *span)), (least, largest)
    if image.mode == "F":
        raise ValueError("its pixels are numbers with fractions; give such pictures as an array (.npz)")
    return _opaque(image), None


def _bytes(
    values: Integer[np.ndarray, "height width"], black: int, white: int
) -> UInt8[np.ndarray, "height width"]:
    """As many bytes from black to white, each for as many values; of all that 16 bits can hold, the upper 8 bits."""
    steps = np.clip(values, black, white).astype(np.int32) - black
    return (steps * (BYTES + 1) // (white + 1 - black)).astype(np.uint8)


def _opaque(image: Opened) -> Opened:
    """What is transparent over white."""
    if not _has_alpha(image):
        return image
    is_grey = image.mode in _GREY
    image = image.convert("RGBA")
    white = pillow().new("RGBA", image.size, (255, 255, 255, 255))
    found = pillow().alpha_composite(white, image)
    return found.convert("L") if is_grey else found


def _has_alpha(image: Opened) -> bool:
    return image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info


def _scaled(image: Opened, height: int, width: int) -> Opened:
    if image.size == (width, height):
        return image
    return image.resize((width, height), pillow().Resampling.BILINEAR)
