"""Who works on a run: `holder` and `what_goes_on`, for whoever looks at its folder from outside."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO


def holder(run: Path) -> int | None:
    """The number of the process that holds the run's lock; None if nobody does, or nobody on this machine."""
    try:
        if not (run / "lock").is_file():  # to open a pipe would wait
            return None
        with open(run / "lock", "rb") as lock:
            number = int(lock.read(20))
            # The number of a dead process may be given to another one, and a lock tried is a lock taken for a
            # moment: so first ask whether that process has this very file open.
            return number if number > 0 and _has_open(number, lock) and _is_locked(lock) else None
    except (OSError, ValueError):
        return None


def what_goes_on(run: Path) -> str:
    """A sentence on what to do with a run that has not ended: wait for whoever works on it, or go on with it."""
    number = holder(run)
    if number is not None:
        return f"Process {number} works on it: wait until it has ended."
    return f"Nobody works on it: it was interrupted, and `honed resume {run}` goes on."


def _has_open(process: int, file: BinaryIO) -> bool:
    """Whether a process has that file open; taken on trust where there is no /proc to ask."""
    if not os.path.isdir("/proc/self/fd"):
        return True
    wanted = os.fstat(file.fileno())
    with os.scandir(f"/proc/{process}/fd") as descriptors:
        for descriptor in descriptors:
            try:
                if os.path.samestat(descriptor.stat(), wanted):
                    return True
            except OSError:  # closed meanwhile
                continue
    return False


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
