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
import traceback
import warnings
from collections.abc import Callable
from typing import Protocol

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


class Data(Protocol):
    """The arrays that an executor was given, by name, read-only."""

    def get(self, name: str) -> np.ndarray:
        """The array of that name; KeyError when there is none."""
        ...

    def __contains__(self, name: str) -> bool: ...


Start = Callable[[Data], Performer]  # makes a performer

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
        _send(sink, attempt(performer, message["payload"], end=message["end"]))


def attempt(
    performer: Performer | str, payload: dict, until: float | None = None, end: float | None = None
) -> bytes:
    """The packed outcome of one job; an exception is an outcome too, with its traceback."""
    if isinstance(performer, str):
        return pack(failure("exception", performer), {})
    try:
        value, arrays = performer.perform(payload, until, end)
        return pack({"ok": True, "value": value}, arrays)
    except Late:
        return pack(failure("late", STILL_RUNNING), {})
    except Exception:
        return pack(failure("exception", traceback.format_exc()), {})


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
