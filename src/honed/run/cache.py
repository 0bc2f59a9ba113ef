"""The cache of compiled programs, and the environment in which a worker compiles.

JAX bounds its cache only where the package filelock is installed, and then locks the folder for each program;
oldest-first pruning when a run starts needs neither.
"""

import contextlib
import os
import sys
from pathlib import Path

BOUND = 1 << 30  # bytes; a program takes 0.1 to 1 MB
_CHANGES_RESULTS = ("JAX_", "XLA_", "TF_ENABLE_", "TF_XLA_")  # beginnings of names
_MEMORY_OF_GPU = ("XLA_PYTHON_CLIENT_", "XLA_CLIENT_")  # how much a process takes, which changes no result


def environment() -> dict[str, str]:
    """The environment of a worker: one thread, the CPU, and compiled programs kept for the next run.

    What the user has set for JAX and XLA in other work is left behind, since it changes results or ends trainings; a
    JAX_COMPILATION_CACHE_DIR of his own is kept.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CHANGES_RESULTS)}
    place = os.environ.get("JAX_COMPILATION_CACHE_DIR") or folder()
    return {
        **kept,
        **({} if place is None else {"JAX_COMPILATION_CACHE_DIR": str(place)}),
        "JAX_PLATFORMS": "cpu",
        # The CPU client's threads. With one a core, two workers on two cores take a third longer: each splits
        # its small operations among threads that wait for a core.
        "NPROC": "1",
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def environment_of_gpu(number: int | None = None) -> dict[str, str]:
    """The environment of a worker on a GPU.

    It takes memory as it needs it, where JAX would take three quarters at once, so that other processes find some; what
    the user has set about that is kept.

    Parameters
    ----------
    number : of the GPU that it sees, among those that CUDA_VISIBLE_DEVICES leaves; None for all.
    """
    own = {name: value for name, value in environment().items() if name not in ("JAX_PLATFORMS", "NPROC")}
    if number is not None:
        own |= {"JAX_CUDA_VISIBLE_DEVICES": str(number), "JAX_ROCM_VISIBLE_DEVICES": str(number)}
    asked = {name: value for name, value in os.environ.items() if name.startswith(_MEMORY_OF_GPU)}
    return {**own, "XLA_PYTHON_CLIENT_PREALLOCATE": "false", **asked}


def enter() -> None:
    """Makes the environment of this process that of a worker, before anything reads it."""
    own = environment()
    for name in set(os.environ) - set(own):
        del os.environ[name]
    os.environ.update(own)


def folder() -> Path | None:
    """Where compiled programs are kept: `honed` in the user's cache folder, which is made.

    None where there is no such place: a user without a home, or with one that he may not write to, as in containers
    that run under any user's number. Programs are then compiled anew.
    """
    try:
        path = _users_caches() / "honed"
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):  # a RuntimeError says that there is no home
        return None
    return path if os.access(path, os.R_OK | os.W_OK | os.X_OK) else None


def prune(path: Path | None, bound: int = BOUND) -> None:
    """Deletes the oldest files until half of `bound` (bytes) is left, if they take more than that."""
    files = _files(path) if path is not None else []
    total = sum(size for _, size, _ in files)
    if total <= bound:
        return
    for _, size, file in sorted(files):
        with contextlib.suppress(OSError):
            file.unlink()
        total -= size
        if total <= bound // 2:
            return


def _files(path: Path) -> list[tuple[float, int, Path]]:
    """Time of writing, size and path of each file; what another run deletes meanwhile is not there."""
    found = []
    with contextlib.suppress(OSError):
        for file in path.iterdir():
            with contextlib.suppress(OSError):
                status = file.stat()
                found.append((status.st_mtime, status.st_size, file))
    return found


def _users_caches() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
