"""The spool: arrays that all workers read and none of them copies.

They lie in one temporary file that has no name: children inherit its descriptor and map it read-only, the
kernel keeps one copy for all, and nothing remains on the disk however the processes end.
"""

import math
import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import TypedDict

import numpy as np

from honed.run import disk

_ALIGNMENT = 64  # bytes: what XLA wants of a buffer that it takes without a copy


class Entry(TypedDict):
    """Where an array lies: its dtype as NumPy writes it, its shape, its first byte."""

    dtype: str
    shape: list[int]
    offset: int


class Spool:
    """Named arrays in a file without a name.

    Parameters
    ----------
    folder : Path, optional
        Where the space is taken; the system's temporary folder by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        with disk.working_data(folder=folder), tempfile.TemporaryFile(dir=folder) as file:
            self.fd = os.dup(file.fileno())
        self._folder = folder
        self._manifest: dict[str, Entry] = {}
        # by address, those that never change
        self._frozen: dict[int, tuple[weakref.ref[np.ndarray], str]] = {}
        self._end = 0
        self._map: mmap.mmap | None = None
        self._writable = True

    @classmethod
    def attach(cls, fd: int, manifest: dict[str, Entry]) -> "Spool":
        """The spool of a parent process, read-only, by the descriptor inherited from it."""
        spool = cls.__new__(cls)
        spool.fd = fd
        spool._folder = None
        spool._map = None
        spool._writable = False
        spool._frozen = {}
        spool._end = os.fstat(fd).st_size
        spool._manifest = dict(manifest)
        return spool

    def manifest(self) -> dict[str, Entry]:
        """What `attach` needs to find the arrays: JSON-able."""
        return dict(self._manifest)

    def learn(self, manifest: dict[str, Entry]) -> None:
        """Takes over what the parent has put in since."""
        self._manifest.update(manifest)

    def put(self, name: str, array: np.ndarray) -> None:
        """Adds an array; names are given once. One that nobody can write to is not copied a second time.

        Raises
        ------
        ValueError
            The name is taken, the array holds objects, or this is the read-only side.
        RunError
            The temporary folder is full.
        """
        if name in self._manifest:
            raise ValueError(f"the spool has {name!r} already")
        if array.dtype.hasobject or not self._writable:
            raise ValueError(
                f"cannot put {name!r} ({array.dtype}) into the spool: objects, or the read-only side"
            )
        if (same := self._same(array)) is not None:
            self._manifest[name] = self._manifest[same]
            return
        offset = -(-self._end // _ALIGNMENT) * _ALIGNMENT
        self._write(array, offset)
        self._end = offset + array.nbytes
        if not array.flags.writeable and array.base is None:
            self._frozen[id(array)] = weakref.ref(array), name
        self._manifest[name] = Entry(dtype=array.dtype.str, shape=list(array.shape), offset=offset)

    def reserve(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Adds an array whose rows are given afterwards by `fill`; errors as `put`.

        It is not in memory meanwhile, however large it is.
        """
        if name in self._manifest:
            raise ValueError(f"the spool has {name!r} already")
        if dtype.hasobject or not self._writable:
            raise ValueError(f"cannot put {name!r} ({dtype}) into the spool: objects, or the read-only side")
        offset = -(-self._end // _ALIGNMENT) * _ALIGNMENT
        size = math.prod(shape) * dtype.itemsize
        with disk.working_data(size, self._folder):
            if size:
                os.posix_fallocate(self.fd, offset, size)
        self._end = offset + size
        self._manifest[name] = Entry(dtype=dtype.str, shape=list(shape), offset=offset)

    def fill(self, name: str, first: int, rows: np.ndarray) -> None:
        """Writes rows of a reserved array, from row `first` on."""
        entry = self._manifest[name]
        array = np.ascontiguousarray(rows, np.dtype(entry["dtype"]))
        if array.shape[1:] != tuple(entry["shape"][1:]) or first + len(array) > entry["shape"][0]:
            raise ValueError(f"{array.shape} from row {first} on do not fit into {name!r}")
        width = math.prod(entry["shape"][1:]) * array.itemsize
        self._write(array, entry["offset"] + first * width)

    def alias(self, name: str, of: str) -> None:
        """Gives an array that is there one more name."""
        if name in self._manifest:
            raise ValueError(f"the spool has {name!r} already")
        self._manifest[name] = self._manifest[of]

    def get(self, name: str) -> np.ndarray:
        """The array of that name, read-only, not copied; KeyError when there is none."""
        entry = self._manifest[name]
        dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
        count = int(np.prod(shape, dtype=np.int64))
        if count * dtype.itemsize == 0:
            empty = np.empty(shape, dtype)
            empty.flags.writeable = False
            return empty
        data = self._mapped(entry["offset"] + count * dtype.itemsize)
        return np.frombuffer(data, dtype, count, entry["offset"]).reshape(shape)

    def close(self) -> None:
        """Gives the space back once the last array got from here is gone."""
        self._map = None
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __contains__(self, name: str) -> bool:
        return name in self._manifest

    def _same(self, array: np.ndarray) -> str | None:
        """The name under which this very array is here already, where it cannot have changed since."""
        known, name = self._frozen.get(id(array), (lambda: None, ""))
        return name if known() is array and not array.flags.writeable else None

    def _write(self, array: np.ndarray, position: int) -> None:
        rest = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        with disk.working_data(len(rest), self._folder):
            while rest:
                written = os.pwrite(self.fd, rest, position)
                rest, position = rest[written:], position + written

    def _mapped(self, end: int) -> mmap.mmap:
        """One map of the whole file, made again when it has grown: a map costs a descriptor."""
        if self._map is None or len(self._map) < end:
            self._map = mmap.mmap(self.fd, 0, access=mmap.ACCESS_READ)
        return self._map


class OnSpool:
    """The part of an `honed.run.executor.Executor` that hands arrays over, by the spool that its maker sets."""

    _spool: Spool

    def put(self, name: str, array: np.ndarray) -> None:
        """As `Executor.put`."""
        self._spool.put(name, array)

    def reserve(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """As `Executor.reserve`."""
        self._spool.reserve(name, shape, dtype)

    def fill(self, name: str, first: int, rows: np.ndarray) -> None:
        """As `Executor.fill`."""
        self._spool.fill(name, first, rows)

    def alias(self, name: str, of: str) -> None:
        """As `Executor.alias`."""
        self._spool.alias(name, of)
