"""How much memory a training may take: the least of what the machine, its container and the process allow."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path

MARGIN = 0.1  # of the free memory, kept free
_CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


def available() -> int:
    """Bytes that may still be taken: free memory of the host, the cgroup's limit and the process's own."""
    found = [2**62]
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found.append(1024 * int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]))
    for limit, used in _CGROUPS:
        with contextlib.suppress(OSError, ValueError):  # "max" is no number: no limit
            found.append(int(Path(limit).read_text()) - int(Path(used).read_text()))
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        with contextlib.suppress(OSError):
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            found.append(limit - pages * resource.getpagesize())
    return max(0, min(found))


def check(needed: int) -> None:
    """Raise `MemoryError` when a program needs more than is free, but for the margin.

    Linux promises memory that it does not have and kills who uses it, so asking first is the only safe way.
    """
    free = available()
    if needed > (1 - MARGIN) * free:
        raise MemoryError(f"{needed:,} bytes are needed and {free:,} are free")


def is_out_of_memory(error: Exception) -> bool:
    """Whether JAX says that an allocation failed."""
    text = str(error)
    return "RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower()
