"""The disk: whole files or none, and what to say when it refuses."""

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from honed.errors import RunError

# What there is too little of, and how to get more.
_SHORTAGES = {
    errno.ENOSPC: ("the disk is full", "free some space"),
    errno.EDQUOT: ("your quota on the disk is used up", "free some space"),
    errno.EFBIG: ("it would be larger than the limit on file sizes allows", "raise the limit (`ulimit -f`)"),
}
_NUMBER = re.compile(r"\(os error (\d+)\)")


@contextlib.contextmanager
def refusals(path: Path | str) -> Iterator[None]:
    """Turns an error of the operating system while `path` is written into a RunError that says what to do."""
    try:
        yield
    except Exception as error:
        if lack := shortage(error):
            raise RunError(
                f"cannot write {path}: {lack[0]}. What was saved before is intact; {lack[1]}, then try again."
            ) from error
        if isinstance(error, OSError):
            raise RunError(
                f"cannot write {path}: {error.strerror or error}. What was saved before is intact; "
                "check the folder's permissions and its disk."
            ) from error
        raise


@contextlib.contextmanager
def working_data(size: int | None = None, folder: Path | None = None) -> Iterator[None]:
    """As `refusals`, while working data are written, so many bytes where that is known, to a folder.

    Without one they go to the temporary folder, and the error says by which variable another one is named.

    Raises
    ------
    RunError
        The disk is full or refuses, or there is no temporary folder.
    """
    what = "working data" if size is None else f"{size:,} bytes of working data"
    try:
        place = folder or f"{tempfile.gettempdir()} (the variable TMPDIR names another folder)"
    except FileNotFoundError as error:
        raise RunError(
            f"cannot write {what}: {error.strerror}. Free some space there, or name another folder by the variable "
            "TMPDIR."
        ) from error
    with refusals(f"{what} in {place}"):
        yield


def shortage(error: BaseException) -> tuple[str, str] | None:
    """What there is too little of and how to get more, as in ("the disk is full", "free some space"), if that is it."""
    if isinstance(error, OSError) and error.errno is not None:
        return _SHORTAGES.get(error.errno)
    # Polars wraps the operating system's error in one of its own and keeps only the text.
    number = _NUMBER.search(str(error))
    return _SHORTAGES.get(int(number[1])) if number else None


def write_file(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Writes a file whole or not at all: a temporary name in the same folder, flushed, then renamed.

    Raises
    ------
    RunError
        The disk is full or refuses; an earlier file of that name is untouched.
    """
    with written(path, sync=sync) as file:
        file.write(data)


@contextlib.contextmanager
def written(path: Path, *, sync: bool = True) -> Iterator[BinaryIO]:
    """The same piece by piece: what is written here has that name where the block ends without an error.

    Raises
    ------
    RunError
        The disk is full or refuses; an earlier file of that name is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    with refusals(path):
        try:
            with open(temporary, "wb") as file:
                yield file
                if sync:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if sync:
            sync_entry(path.parent)


def read_file(path: Path) -> bytes:
    """The bytes of an ordinary file.

    Raises
    ------
    OSError
        There is no such file or it may not be read; also for a pipe or a device, which could be read for ever.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        code = errno.EISDIR if path.is_dir() else errno.EINVAL
        what = "it is a folder" if path.is_dir() else "it is a pipe or a device, no ordinary file"
        raise OSError(code, what, str(path))
    return path.read_bytes()


def moved(path: Path) -> RunError:
    """What to say where a run finds that a file that it has open has not its name any more."""
    return RunError(
        f"{path} is not there any more: it or its folder was renamed, moved or removed while the run worked, so "
        "nothing more can be saved. If the folder is whole at another place, `honed resume` goes on from there."
    )


def is_as(status: os.stat_result, path: Path) -> bool:
    """Whether what had that status is what has that name now."""
    try:
        return os.path.samestat(status, os.stat(path))
    except OSError:
        return False


def unreadable(path: Path, error: Exception, otherwise: str) -> RunError:
    """What to say of a file that could not be read; `otherwise` is the advice where it is no matter of permission."""
    if isinstance(error, PermissionError):
        return RunError(
            f"{path} may not be read (permission denied). Allow it, as with `chmod u+r`, or ask its owner to."
        )
    said = error.strerror if isinstance(error, OSError) and error.strerror else error
    return RunError(f"cannot read {path}: {said}. {otherwise}")


def read_pipe(path: Path) -> bytes:
    """All that comes out of a pipe until its end; nothing, without waiting, where nobody writes to it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # to open it otherwise waits for a writer
    os.set_blocking(descriptor, True)
    with open(descriptor, "rb") as pipe:
        return pipe.read()


def sync_entry(path: Path) -> None:
    """Flushes one file, or the names in one folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(path: Path) -> None:
    """Flushes a folder with all that is in it."""
    for folder, _, names in os.walk(path):
        for name in names:
            sync_entry(Path(folder, name))
        sync_entry(Path(folder))
