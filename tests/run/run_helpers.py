"""Helpers of the run's tests: small disks that are full, pipes that tell of a process's end."""

import contextlib
import os
import resource
import select
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

PATIENCE = 30  # seconds until a test that waits for another process gives up

Start = Callable[..., subprocess.Popen[str]]


class SmallDisk:
    """A folder on a disk that can be filled up for a while; `says` is a pattern of the reasons of both kinds."""

    says = "(disk is full|limit on file sizes)"

    def __init__(self, path: Path, full: Callable[[Path], contextlib.AbstractContextManager[None]]) -> None:
        self.path = path
        self._full = full

    def full(self) -> contextlib.AbstractContextManager[None]:
        """While this is open only a few bytes more can be written."""
        return self._full(self.path)


@contextlib.contextmanager
def fill(path: Path) -> Iterator[None]:
    filler = path / "filler"
    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
        while file.write(bytes(1024)):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def limit(path: Path) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max((file.stat().st_size for file in path.rglob("*") if file.is_file()), default=0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 50, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Witness:
    """The reading end of a named pipe: hears a process speak, and notices its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def hear(self) -> str:
        """What a process wrote; empty when the last one that had the pipe open is gone."""
        assert select.select([self._pipe], [], [], PATIENCE)[0], "nobody spoke, nobody ended"
        return os.read(self._pipe, 1000).decode()

    def close(self) -> None:
        os.close(self._pipe)
