"""A worker process: performs one job after the other until its standard input ends.

`python -c` starts it with the parent's import path (see pool.py); its arguments are the address of what
makes a performer ("package.module:Name") and the descriptor of the spool. Frames come in on standard input and go out
on a private copy of standard output; whatever the job prints goes to standard error.
"""

import importlib
import os
import queue
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from honed.run.frames import Frame, Inbox, pack, prefixed
from honed.run.spool import Spool


class Late(Exception):
    """The deadline of a job has passed while it was done."""


class Performer(Protocol):
    """Does jobs, one after the other; made once in each place where there is work, and keeps what saves time there."""

    def perform(
        self, payload: dict, until: float | None = None, end: float | None = None
    ) -> tuple[dict, dict[str, np.ndarray]]:
        """Does one job; gives its value, JSON-able, and its arrays by name. Any exception is an outcome.

        Moments are of `time.monotonic`, here. After `until` nobody waits for it: `Late` is then to be raised soon.
        Where there is an `end` it is to be done by then (`Job.end`).
        """
        ...

    def close(self) -> None:
        """Lets go of what it keeps."""
        ...


class Task(NamedTuple):
    """A job as a performer is told it: what `Performer.perform` takes."""

    payload: dict
    until: float | None = None
    end: float | None = None
    seconds: float | None = None  # that it will take, as far as known

    def check(self) -> None:
        """Raise `Late` where too little time is left to begin it."""
        if self.until is not None and time.monotonic() + (self.seconds or 0.0) >= self.until:
            raise Late(TOO_LATE)


Done = tuple[dict, dict[str, np.ndarray]]  # what `Performer.perform` gives


@runtime_checkable
class SideBySide(Protocol):
    """A performer that can do several jobs at once."""

    def perform_several(self, tasks: Sequence[Task], lanes: int) -> Iterator[tuple[int, Done | Exception]]:
        """Does jobs in a program of so many lanes; of each, as it ends, its place and what came of it."""
        ...


class Data(Protocol):
    """The arrays that an executor was given, by name, read-only."""

    def get(self, name: str) -> np.ndarray:
        """The array of that name; KeyError when there is none."""
        ...

    def __contains__(self, name: str) -> bool: ...


Start = Callable[[Data], Performer]  # makes a performer

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TOO_LATE = "too little time was left to begin it"
STILL_RUNNING = "it was still running when the time was up"

_PIECE = 1 << 20  # bytes


def main() -> None:
    """Serves the parent process; never returns while it lives."""
    for number in STOPS:  # Ctrl-C and a scheduler's SIGTERM reach the whole group; the coordinator decides
        signal.signal(number, signal.SIG_IGN)
    # A full disk costs the next run a compilation, and no word here.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")
    source, sink = _private_pipes()
    inbox: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, inbox), daemon=True).start()
    spool = Spool.attach(int(sys.argv[2]), {})
    performer = _load(sys.argv[1], spool)
    _send(sink, pack({"ready": True}, {}))
    while True:
        message = inbox.get().message
        spool.learn(message["manifest"])
        tasks = [Task(job["payload"], end=job["end"]) for job in message["jobs"]]
        for frame in attempts(performer, tasks, message["lanes"]):
            _send(sink, frame)


def attempts(performer: Performer | str, tasks: Sequence[Task], lanes: int = 1) -> Iterator[bytes]:
    """The packed outcomes of jobs as they end, each with its place among them.

    An exception is one too, with its traceback. With several `lanes` they are done in a program of so many, by a
    performer that can.
    """
    if isinstance(performer, str):
        yield from (
            pack(failure("exception", performer) | {"place": place}, {}) for place in range(len(tasks))
        )
        return
    left = set(range(len(tasks)))
    try:
        if lanes > 1 and isinstance(performer, SideBySide):
            done = performer.perform_several(tasks, lanes)
        else:
            done = _in_turn(performer, tasks)
        for place, one in done:
            left.remove(place)
            yield _packed(place, one)
    except Exception as error:
        for place in sorted(left):
            yield _packed(place, error)


def _in_turn(performer: Performer, tasks: Sequence[Task]) -> Iterator[tuple[int, Done | Exception]]:
    """One job after the other."""
    for place, task in enumerate(tasks):
        try:
            task.check()
            yield place, performer.perform(task.payload, task.until, task.end)
        except Exception as error:
            yield place, error


def _packed(place: int, done: Done | Exception) -> bytes:
    """The outcome of a job."""
    if isinstance(done, Late):
        return pack(failure("late", str(done) or STILL_RUNNING) | {"place": place}, {})
    if not isinstance(done, Exception):
        value, arrays = done
        try:
            return pack({"ok": True, "value": value, "place": place}, arrays)
        except Exception as error:
            done = error
    return pack(failure("exception", "".join(traceback.format_exception(done))) | {"place": place}, {})


def failure(error: str, detail: str) -> dict:
    """The record of a job that gave nothing: error is `exception`, `killed` or `late`."""
    return {"ok": False, "error": error, "detail": detail}


def resolve(start: str) -> Start:
    """What makes a performer, by its address, such as `package.module:Name`."""
    module, _, name = start.partition(":")
    return getattr(importlib.import_module(module), name)


def _load(start: str, spool: Spool) -> Performer | str:
    """The performer, or the traceback that every job will answer with: a failed import kills no worker."""
    try:
        return resolve(start)(spool)
    except Exception:
        return traceback.format_exc()


def _private_pipes() -> tuple[int, int]:
    """The pipes under new numbers, so that no print or input() in a job gets between the frames."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return source, sink


def _listen(source: int, inbox: "queue.SimpleQueue[Frame]") -> None:
    """Hands on what arrives; when the parent is gone, by whatever death, ends this process in mid-job."""
    frames = Inbox()
    while piece := os.read(source, _PIECE):
        for frame in frames.take(piece):
            inbox.put(frame)
    os._exit(0)


def _send(sink: int, frame: bytes) -> None:
    rest = memoryview(prefixed(frame))
    try:
        while rest:
            rest = rest[os.write(sink, rest) :]
    except BrokenPipeError:
        os._exit(0)
