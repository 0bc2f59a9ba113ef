"""How much memory a training may take: the least of what the machine, its containers and the process allow.

What the system keeps of files that were read counts as free, for it is given back when somebody asks. Otherwise a
batch, and so a model, would hang on which files were read before. Workers are told equal shares of what was free when
their pool began: each would count the same bytes for its own.
"""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

MARGIN = 0.1  # of the free memory, kept free
SHARE = "HONED_MEMORY"  # bytes that a worker may take, in its environment
_BOUNDLESS = 2**60  # bytes; cgroups of the first version say a number of this size for "no limit"
_KEPT = {  # what memory.stat calls kept pages of files and the like, those of inner groups included
    "v2": ("inactive_file", "active_file", "slab_reclaimable"),
    "v1": ("total_inactive_file", "total_active_file"),
}
_NAMES = {
    "v2": ("memory.max", "memory.current"),
    "v1": ("memory.limit_in_bytes", "memory.usage_in_bytes"),
}


def available() -> int:
    """Bytes that this process may still take: its share, what is free now, and what its own limit leaves."""
    found = [free()]
    with contextlib.suppress(ValueError):
        found.append(int(os.environ.get(SHARE, "")))
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        with contextlib.suppress(OSError):
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            found.append(limit - pages * resource.getpagesize())
    return max(0, min(found))


def free(root: Path = Path("/")) -> int:
    """Bytes that are free on this machine and in every group that this process is in; kept files count as free."""
    found = [_BOUNDLESS]
    with contextlib.suppress(OSError, ValueError, KeyError):
        found.append(1024 * _numbers(root / "proc/meminfo")["MemAvailable"])
    for version, group in _groups(root):
        limit, used = _NAMES[version]
        with contextlib.suppress(OSError, ValueError):  # "max" is no number: no limit
            most = int((group / limit).read_text())
            if most < _BOUNDLESS:
                kept = _numbers(group / "memory.stat")
                reclaimable = sum(kept.get(name, 0) for name in _KEPT[version])
                found.append(most - max(0, int((group / used).read_text()) - reclaimable))
    return max(0, min(found))


class Room:
    """Free memory that threads share: each takes what it needs, or waits until others are done.

    Who needs more than there is waits until it has all of it alone.

    Parameters
    ----------
    beside : bytes that are free now, and will be taken by something else.
    """

    def __init__(self, beside: int = 0) -> None:
        self._size, self._taken = (1 - MARGIN) * available() - beside, 0
        self._changed = threading.Condition()

    def fits(self, needed: int) -> bool:
        """Whether so many bytes are free now, or nobody else has any."""
        return not self._taken or self._taken + needed <= self._size

    @contextlib.contextmanager
    def take(self, needed: int) -> Iterator[None]:
        """Have so many bytes, once they are free."""
        with self._changed:
            self._changed.wait_for(lambda: self.fits(needed))
            self._taken += needed
        try:
            yield
        finally:
            with self._changed:
                self._taken -= needed
                self._changed.notify_all()


def check(needed: int, free: int | None = None) -> None:
    """Raise `MemoryError` when a program needs more than is free, by default of this machine, but for the margin.

    Linux promises memory that it does not have and kills who uses it, so asking first is the only safe way.
    """
    free = available() if free is None else free
    if needed > (1 - MARGIN) * free:
        raise MemoryError(f"{needed / 1e6:,.1f} MB are needed and {free / 1e6:,.1f} MB are free")


def is_out_of_memory(error: Exception) -> bool:
    """Whether JAX says that an allocation failed."""
    text = str(error)
    return "RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower()


def _groups(root: Path) -> Iterator[tuple[str, Path]]:
    """The cgroups that bound this process, each with its version: its own and those around it.

    A container that sees its own group as the root names a path that is not there; then the root alone counts.
    """
    with contextlib.suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                yield from (("v2", group) for group in _upwards(root / "sys/fs/cgroup", path))
            elif "memory" in controllers.split(","):
                yield from (("v1", group) for group in _upwards(root / "sys/fs/cgroup/memory", path))


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    parts = [part for part in path.split("/") if part not in ("", "..")]
    yield from (mount.joinpath(*parts[:count]) for count in range(len(parts), -1, -1))


def _numbers(path: Path) -> dict[str, int]:
    """The file's first number of each line by the line's first word; nothing where there is no such file."""
    found = {}
    with contextlib.suppress(OSError):
        for line in path.read_text().splitlines():
            name, *numbers = line.split() or [""]
            if numbers and numbers[0].isdigit():
                found[name.removesuffix(":")] = int(numbers[0])
    return found
