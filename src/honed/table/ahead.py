"""Some rows of large files, from places throughout them: `rows`.

Rows that lie together may be alike, as of a table that is sorted, so that what is understood of these rows holds until
all rows are read.
"""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from honed.lazily import pl
from honed.table import encodings, read
from honed.table.batches import Batches, Irregular, Start, whole_lines

_PLACES, _ROWS = 8, 8_192  # from which rows are read, and how many at each
_CELLS, _LEAST = 1 << 18, 128  # at each at most, but not fewer rows
_HEAD = 1 << 20  # bytes that tell how a CSV file is written


def rows(parts: Batches) -> pl.DataFrame:
    """Rows from so many places, evenly throughout the files; from fewer where they would overlap.

    Raises
    ------
    Irregular
        A place of a CSV file does not tell where its rows begin.
    InputError, PolarsError, OSError
        A file cannot be read, or is no table.
    """
    return _of_parquet(parts) if parts.is_typed else _of_texts(parts)


def _many(columns: int) -> int:
    """Rows of a place."""
    return min(_ROWS, max(_LEAST, _CELLS // max(1, columns)))


class _Place(NamedTuple):
    """Where in a file what is read begins."""

    file: str
    first: int


def _places(files: Sequence[str], sizes: Sequence[int], size: int) -> Iterator[_Place]:
    """Places of that size; none goes on in the next file."""
    ends = np.cumsum([0, *sizes])
    places = max(1, min(_PLACES, int(ends[-1]) // max(1, size)))
    for first in np.linspace(0, max(0, ends[-1] - size), places).astype(int):
        number = int(np.searchsorted(ends, first, side="right")) - 1
        yield _Place(files[number], int(first - ends[number]))


def _of_parquet(parts: Batches) -> pl.DataFrame:
    scans = {file: pl.scan_parquet(file, glob=False) for file in parts.files}
    names = scans[parts.files[0]].collect_schema().names()
    sizes = [scan.select(pl.len()).collect().item() for scan in scans.values()]
    many = _many(len(names))
    frames = [
        scans[place.file].slice(place.first, many).collect().select(names)
        for place in _places(parts.files, sizes, many)
    ]
    categories = read.category_names(parts.files[0])
    return read.as_typed(pl.concat(frames, how="vertical_relaxed"), categories, parts.source)


def _of_texts(parts: Batches) -> pl.DataFrame:
    first, head = _start(parts.files[0], parts)
    table = first.table(head, parts.files[0], is_first=True, is_last=False, as_is=True)
    size = max(len(head) // max(1, table.frame.height) * _many(table.frame.width), 1)
    sizes = [os.path.getsize(file) for file in parts.files]
    starts, frames = {parts.files[0]: first}, list[pl.DataFrame]()
    for place in _places(parts.files, sizes, size):
        if place.file not in starts:
            starts[place.file] = _start(place.file, parts)[0]
        lines, is_last = _lines(place, size)
        own = {"is_first": not place.first, "is_last": is_last, "as_is": parts.as_is}
        frames.append(starts[place.file].table(lines, place.file, **own).frame.select(table.frame.columns))
    return pl.concat(frames)


def _start(file: str, parts: Batches) -> tuple[Start, bytes]:
    """What the first lines of a file tell of all, and these lines."""
    with open(file, "rb") as opened:
        head, _ = whole_lines(opened, b"", _HEAD)
    text = encodings.decoded(head, file)
    if not text.is_utf8:
        raise Irregular
    return Start.of(text.data, file, parts), text.data


def _lines(place: _Place, size: int) -> tuple[bytes, bool]:
    """The whole lines of a place, and whether they are the file's last."""
    with open(place.file, "rb") as opened:
        opened.seek(place.first)
        data = opened.read(size)
        is_last = not opened.read(1)
    begin = data.find(b"\n") + 1 if place.first else len(codecs.BOM_UTF8) * data.startswith(codecs.BOM_UTF8)
    data = data[begin : None if is_last else data.rfind(b"\n") + 1]
    if b'"' in data and any(line.count(b'"') % 2 for line in data.split(b"\n")):
        raise Irregular  # a cell may go on in the next line, and it is not known where one begins
    if not data.strip():
        raise Irregular
    try:
        data.decode()
    except UnicodeDecodeError:
        raise Irregular from None
    return data, is_last
