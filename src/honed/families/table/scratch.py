"""Files without a name for what is too large for memory: frames one by one (`Pieces`), and arrays (`scratch`)."""

from __future__ import annotations

import io
import itertools
import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from honed.lazily import pl
from honed.run import disk

if TYPE_CHECKING:
    from jaxtyping import Shaped


class Pieces:
    """Frames in a file without a name, one behind the other."""

    def __init__(self) -> None:
        self._fd = -1
        with disk.working_data(), tempfile.TemporaryFile() as file:
            self._fd = os.dup(file.fileno())
        self._starts = [0]

    def add(self, frame: pl.DataFrame) -> None:
        buffer = io.BytesIO()
        frame.write_ipc(buffer)
        rest, end = buffer.getbuffer(), self._starts[-1]
        with disk.working_data(len(rest)):
            while rest:  # a disk may take a part at a time
                written = os.pwrite(self._fd, rest, end)
                rest, end = rest[written:], end + written
        self._starts.append(end)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for start, end in itertools.pairwise(self._starts):
            yield pl.read_ipc(io.BytesIO(os.pread(self._fd, end - start, start)))

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)


def scratch(rows: int, dtype: np.dtype) -> Shaped[np.ndarray, " rows"]:
    """An array in a file without a name, which the system writes out where memory is short."""
    if not rows:
        return np.zeros(0, dtype)
    size = rows * dtype.itemsize
    with disk.working_data(size), tempfile.TemporaryFile() as file:
        os.posix_fallocate(file.fileno(), 0, size)
        return np.asarray(np.memmap(file, dtype, "r+", shape=(rows,)))
