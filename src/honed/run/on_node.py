"""What does jobs on the nodes of a cluster: `NodeWorker`, an actor that Ray makes where a processor is free.

It sees arrays through the object store of its node, which holds each of them once for all workers there, or, where
rows do not fit into memory, in a file that all nodes see.
"""

from __future__ import annotations

import math
import os
import platform
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import numpy as np

from honed.run import cache, machine, memory
from honed.run.frames import pack, unpack
from honed.run.worker import Task, attempts, failure, resolve

if TYPE_CHECKING:
    from honed.run.worker import Performer

UNREADABLE = "unreadable"  # the error of a job whose rows lie in a file that this node cannot read whole


class InStore(NamedTuple):
    """An array in Ray's object store, by its reference."""

    reference: object


class InFile(NamedTuple):
    """An array in a file that all nodes see: its path, dtype as NumPy writes it, and shape."""

    path: str
    dtype: str
    shape: tuple[int, ...]


Entry = InStore | InFile


class Hello(TypedDict):
    """What a worker says of itself: where it is, and what decides what comes of a training."""

    node: str
    host: str
    versions: dict[str, str | None]
    machine: str
    folder: str | None


class Told(TypedDict):
    """A job as a worker is told it; `until` and `end` are seconds from now, for its clock is another one."""

    payload: dict
    seconds: float | None
    needed: bool
    until: float | None
    end: float | None


class NodeWorker:
    """One performer in a process that Ray made.

    Parameters
    ----------
    start : address of what makes a performer.
    names : packages whose versions it is to say.
    path : import path, of a machine that is the caller's; empty for the node's own.
    """

    def __init__(self, start: str, names: Sequence[str], path: Sequence[str] = ()) -> None:
        sys.path[:] = [*path] or sys.path
        cache.enter()
        os.environ[memory.SHARE] = str(_share())
        cache.prune(cache.folder())
        # A full disk costs the next run a compilation, and no word here.
        warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
        _one_thread()
        self._names = names
        self._arrays = _Arrays()
        self._performer: Performer | str
        try:
            self._performer = resolve(start)(self._arrays)
        except Exception:  # a failed import kills no worker: every job answers with it
            self._performer = traceback.format_exc()

    def hello(self) -> Hello:
        """Who it is."""
        place = os.environ.get("JAX_COMPILATION_CACHE_DIR")
        return {
            "node": _ray().get_runtime_context().get_node_id(),
            "host": socket.gethostname(),
            "versions": {name: _version(name) for name in self._names},
            "machine": f"{platform.machine()}, {machine.processor()}, {machine.kernels()}",
            "folder": place,
        }

    def perform(self, jobs: bytes, news: dict[str, Entry]) -> Iterator[bytes]:
        """Does jobs, a frame of `Told` under "jobs", so many at a time as it has "lanes".

        Gives the frame of each as it ends, with its place among them.

        Parameters
        ----------
        news : arrays that it was not told of before.
        """
        message = unpack(jobs).message
        told: list[Told] = message["jobs"]
        here = time.monotonic()
        if wrong := self._arrays.learn(news):
            for place in range(len(told)):
                yield pack(failure(UNREADABLE, wrong) | {"place": place}, {})
            return
        tasks = []
        for job in told:
            until, end = (None if left is None else here + left for left in (job["until"], job["end"]))
            tasks.append(Task(job["payload"], until, end, job["seconds"]))
        yield from attempts(self._performer, tasks, message["lanes"])


class _Arrays:
    """The arrays that this worker was told of, each fetched when it is first read."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._got: dict[str, np.ndarray] = {}

    def learn(self, news: dict[str, Entry]) -> str:
        """Takes over what was put in since; what is wrong with a file that cannot be read here, or nothing."""
        for entry in news.values():
            if isinstance(entry, InFile) and (wrong := _unreadable(entry)):
                return f"{entry.path} ({wrong})"
        self._entries.update(news)
        return ""

    def get(self, name: str) -> np.ndarray:
        """As `worker.Data.get`."""
        if name not in self._got:
            self._got[name] = _read(self._entries[name])
        return self._got[name]

    def __contains__(self, name: str) -> bool:
        return name in self._entries


def _unreadable(entry: InFile) -> str:
    """Why such an array cannot be read here; nothing where it can."""
    size = math.prod(entry.shape) * np.dtype(entry.dtype).itemsize
    try:
        with open(entry.path, "rb") as file:
            there = os.fstat(file.fileno()).st_size
    except OSError as error:
        return error.strerror or type(error).__name__
    return f"{there:,} of {size:,} bytes" if there < size else ""


def _read(entry: Entry) -> np.ndarray:
    if isinstance(entry, InFile):
        if not math.prod(entry.shape):  # nothing to map
            return np.empty(entry.shape, entry.dtype)
        return np.memmap(Path(entry.path), np.dtype(entry.dtype), "r", shape=entry.shape)
    return _ray().get(entry.reference)


def _version(name: str) -> str | None:
    """The version of a package; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:  # honed may come from a folder
        return getattr(sys.modules.get(name), "__version__", None)


def _share() -> int:
    """Bytes that a worker here may take: its part of what Ray was given of this node's memory when it began."""
    ray = _ray()
    here = ray.get_runtime_context().get_node_id()
    resources = next(node["Resources"] for node in ray.nodes() if node["NodeID"] == here)
    return int(resources.get("memory", memory.free()) // max(1.0, resources.get("CPU", 1.0)))


def _one_thread() -> None:
    """NumPy may have been imported before the environment was set, and reads it then alone."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)


def _ray() -> Any:
    import importlib

    return importlib.import_module("ray")
