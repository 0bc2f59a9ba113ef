"""The folder of a run: locked by the one process that writes, readable by others at any moment.

Every file appears whole under its name or not at all. `model/` is replaced by exchanging two names, which the
kernel does in one step: a reader finds the old folder or the new one. `read_whole` is for a reader that opens
several files: it reads again if the folder was replaced between the first and the last.
"""

import ctypes
import errno
import fcntl
import os
import shutil
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

import numpy as np

from honed import addresses, typed
from honed.errors import InputError, RunError
from honed.run import disk, paths
from honed.run.frames import Frame, pack, unpack
from honed.run.plain import dumps, loads
from honed.typed import JSON

T = TypeVar("T")

ROWS = ".rows-"  # begins the name of a folder in which the process that holds the lock keeps rows
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_CHECKSUM = 4  # bytes of CRC-32 behind the frame of an artifact


class RunFolder:
    """The folder of one run; make it with `create` or `open`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None
        self._made: os.stat_result | None = None

    @classmethod
    def create(cls, path: Path | str, run: dict) -> "RunFolder":
        """A new folder, locked, with `run` in its run.json.

        Raises
        ------
        InputError
            There is something at that path.
        RunError
            The disk refuses.
        """
        folder = cls(Path(path))
        if os.path.lexists(path):
            is_run = all((folder.path / name).exists() for name in ("run.json", "journal.jsonl"))
            raise InputError(
                f"{path} exists already, and a run never writes over another; choose a new folder with --out"
                + (f", or go on with `honed resume {path}`." if is_run else ".")
            )
        with disk.refusals(path):
            folder.path.mkdir(parents=True)
            folder._made = os.stat(path)
        try:
            with disk.refusals(path):
                (folder.path / "trials").mkdir()
            folder.lock()
            folder.write_json("run.json", run)
        except BaseException:
            folder.remove()
            raise
        return folder

    @classmethod
    def open(cls, path: Path | str) -> "RunFolder":
        """The folder of an earlier run, to read from; call `lock` before writing to it.

        Raises
        ------
        InputError
            There is no run at that path.
        """
        folder = cls(Path(path))
        said = folder.path / "run.json"
        try:
            if said.is_file():
                return folder
            what = "holds no run (no run.json)" if folder.path.is_dir() else "is not a folder"
            if said.exists():
                what = "holds no run (its run.json is no ordinary file)"
        except PermissionError:
            raise
        except OSError as error:  # such as a name that is too long
            what = f"is not a folder ({error.strerror})"
        shown = path if len(str(path)) <= 300 else typed.shown(str(path))
        raise InputError(f"{shown} {what}; give the folder that `honed fit --out` has made")

    def lock(self) -> None:
        """Takes the folder for this process until `close` or its end, however it ends; again is no error.

        What a killed process left half done is cleared away.

        Raises
        ------
        RunError
            Another process has it; its number is named.
        """
        if self._lock is not None:
            return
        with disk.refusals(self.path / "lock"):
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _flock(descriptor, self.path)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            except BaseException:
                os.close(descriptor)
                raise
        self._lock = descriptor
        self._clear()

    def close(self) -> None:
        """Gives the lock back."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def remove(self) -> None:
        """Takes the folder away with all that is in it; for one that has just been made and came to nothing."""
        self.close()
        if self._made is None or disk.is_as(self._made, self.path):  # and not another of the same name
            shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def places(self, run: Mapping[str, JSON]) -> dict[str, str]:
        """Paths now of the files that the run was started with, "data" and if need be "valid", "more/0", …

        Of a database it is the address, of SQLite with the path.

        Tried in turn: where the file was; the same way from this folder as it was from the run's, where both were
        moved; as the user named it, from the present folder. Runs of before `paths` know the user's word alone: for
        them it is tried from the present folder and from each folder above the run.

        Parameters
        ----------
        run : what `run.json` holds.

        Raises
        ------
        InputError
            A file is at none of these.
        """
        given = {name: run["options"][name] for name in ("data", "valid")}
        given |= {f"more/{place}": path for place, path in enumerate(run["options"].get("more", ()))}
        return {
            name: self._place(path, name, run.get("paths", {}))
            for name, path in given.items()
            if path is not None
        }

    def _place(self, given: str, name: str, known: Mapping[str, str]) -> str:
        if addresses.is_address(given):
            file = addresses.file_of(given)
            return given if file is None else addresses.of_file(self._place(file, name, known))
        several = paths.parts(given, known.get(name))
        if len(several) > 1:
            absolute = paths.parts(known[name], known[name]) if name in known else several
            each = zip(several, absolute, strict=True)
            return paths.joined([self._place(own, name, {**known, name: path}) for own, path in each])
        here, given = os.path.abspath(self.path), paths.joined(several)
        if name in known and "run" in known:
            way = os.path.relpath(known[name], known["run"])
            tried = [known[name], os.path.normpath(os.path.join(here, way)), given]
        else:
            tried = [given, *(str(above / given) for above in Path(here).parents)]
        found = next((path for path in tried if paths.missing(path) is None), None)
        if found is None:
            others = [path for path in tried if os.path.realpath(path) != os.path.realpath(tried[0])]
            or_there = f", or at {os.path.abspath(others[0])}" if others else ""
            raise InputError(
                f"The file that this run was started with, {tried[0]}, is not there any more, and without its rows the "
                f"run cannot go on. Put it there again{or_there}."
            )
        return found

    def write_json(self, name: str, value: JSON, *, sync: bool = True) -> None:
        """Writes a JSON file whole, or raises RunError and leaves the earlier one."""
        self._check_place()
        disk.write_file(self.path / name, (dumps(value, indent=2) + "\n").encode(), sync=sync)

    def read_json(self, name: str, kind: type[T] = object) -> T:
        """The value of a JSON file as `kind` (see `honed.typed.take`); RunError if that fails."""
        try:
            return typed.take(kind, loads(disk.read_file(self.path / name)))
        except (OSError, ValueError) as error:
            raise disk.unreadable(self.path / name, error, "The folder is not a whole run.") from error

    def replace_dir(self, name: str, writer: Callable[[Path], object]) -> None:
        """Puts a folder that `writer` fills in the place of `name`, in one step.

        Parameters
        ----------
        name : str
            The folder's name, such as "model".
        writer : callable
            Gets an empty folder to write to. Its files are flushed to the disk before any reader sees them.

        Raises
        ------
        RunError
            The disk is full or refuses; the earlier folder is untouched.
        """
        self._check_place()
        target, fresh = self.path / name, self._fresh(name)
        with disk.refusals(target):
            shutil.rmtree(fresh, ignore_errors=True)
            try:
                fresh.mkdir()
                writer(fresh)
                disk.sync_tree(fresh)
                _swap(fresh, target, self._old(name))
                disk.sync_entry(self.path)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)

    def artifact(self, key: str) -> Path:
        """Where a trial's arrays lie: a file of safetensors layout that may vanish at any time."""
        return self.path / "trials" / f"{quote(key, safe='')}.safetensors"

    def put_artifact(self, key: str, message: JSON, arrays: Mapping[str, np.ndarray]) -> None:
        """Keeps what a trial gave beside its outcome.

        Not flushed to the disk: what a power cut takes can be computed again, and `get_artifact` notices.
        """
        self._check_place()
        frame = pack(message, arrays)
        data = frame + zlib.crc32(frame).to_bytes(_CHECKSUM, "little")
        disk.write_file(self.artifact(key), data, sync=False)

    def get_artifact(self, key: str) -> Frame | None:
        """What `put_artifact` kept, or None when it is gone or damaged."""
        try:
            data = disk.read_file(self.artifact(key))
        except OSError:
            return None
        frame, checksum = data[:-_CHECKSUM], data[-_CHECKSUM:]
        return unpack(frame) if zlib.crc32(frame).to_bytes(_CHECKSUM, "little") == checksum else None

    def drop_artifact(self, key: str) -> None:
        """Lets go of what `put_artifact` kept, if it did."""
        self._check_place()
        with disk.refusals(self.artifact(key)):
            self.artifact(key).unlink(missing_ok=True)

    def _check_place(self) -> None:
        """Raise `RunError` unless the folder that this process has locked, if it has, is still the one of that name."""
        lock = self.path / "lock"
        if self._lock is not None and not disk.is_as(os.fstat(self._lock), lock):
            raise disk.moved(lock)

    def _fresh(self, name: str) -> Path:
        return self.path / f".{name}.new"

    def _old(self, name: str) -> Path:
        return self.path / f".{name}.old"

    def _clear(self) -> None:
        """Undoes what a killed process left half done, with nobody else writing."""
        for old in self.path.glob(".*.old"):
            target = self.path / old.name[1:-4]
            if target.exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                os.rename(old, target)
        for pattern in (".*.new", "trials/.*.new"):
            for fresh in self.path.glob(pattern):
                shutil.rmtree(fresh) if fresh.is_dir() else fresh.unlink()
        for rows in self.path.glob(f"{ROWS}*"):
            shutil.rmtree(rows, ignore_errors=True)  # NFS keeps files that a node still reads


def read_whole(path: Path, read: Callable[[Path], T]) -> T:
    """`read(path)` of a folder that may be replaced meanwhile: again until it saw one and the same folder.

    Errors of `read` count only when the folder stayed in its place.
    """
    while True:
        before = _identity(path)
        try:
            value = read(path)
        except Exception:
            if _identity(path) == before:
                raise
            continue
        if _identity(path) == before:
            return value


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_ctime_ns  # an inode number alone may be given out again


def _flock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        raise RunError(
            f"{path} is in use by process {owner}, and two at once would spoil it; "
            "wait until that run ends, or stop it with Ctrl-C"
        ) from None


def _swap(fresh: Path, target: Path, old: Path) -> None:
    """Gives `fresh` the name of `target`; what was there takes the name `fresh`, to be deleted."""
    if not target.exists():
        os.rename(fresh, target)
        return
    try:
        _exchange(fresh, target)
    except OSError as error:
        if error.errno not in {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}:
            raise
        # No exchange here: two renames. `lock` repairs a death between them, `read_whole` bridges it.
        os.rename(target, old)
        os.rename(fresh, target)
        os.rename(old, fresh)


def _exchange(one: Path, other: Path) -> None:
    """Swaps two names in one step (Linux)."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if function(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(one), None, str(other))
