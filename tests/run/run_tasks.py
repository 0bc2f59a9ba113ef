"""What the workers of the pool's tests perform; each task is one function by name."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence

import numpy as np

from honed.run.worker import Data, Late, Task


class Tasks:
    """Runs the task that a payload names."""

    def __init__(self, data: Data) -> None:
        self._data = data

    def perform(
        self, payload: dict, until: float | None = None, end: float | None = None
    ) -> tuple[dict, dict[str, np.ndarray]]:
        return TASKS[payload["task"]](payload | {"until": until, "end": end}, self._data)

    def perform_several(
        self, tasks: Sequence[Task], lanes: int
    ) -> Iterator[tuple[int, tuple[dict, dict[str, np.ndarray]] | Exception]]:
        """Does all, the last first; the values say how many were given together, for how many lanes."""
        for place, task in reversed(list(enumerate(tasks))):
            try:
                value, arrays = self.perform(task.payload, task.until, task.end)
                yield place, (value | {"together": len(tasks), "lanes": lanes}, arrays)
            except Exception as error:
                yield place, error

    def close(self) -> None:
        """Nothing to let go of."""


def _sum(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    values = data.get(payload["name"])
    return {"sum": values.sum(), "pid": os.getpid()}, {"twice": values * 2}


def _fail(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    raise ArithmeticError(f"cannot do {payload['what']}")


def _die(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Dies by SIGKILL, as by the kernel, as often as the payload says; counts in a file."""
    with open(payload["file"], "a+") as file:
        file.write("x")
        file.flush()
        file.seek(0)
        if len(file.read()) <= payload["times"]:
            os.kill(os.getpid(), signal.SIGKILL)
    return {"pid": os.getpid()}, {}


def _hang(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Says who it is through a named pipe, keeps that open, and never ends."""
    pipe = os.open(payload["pipe"], os.O_WRONLY)
    os.write(pipe, f"{os.getpid()}\n".encode())
    while True:
        signal.pause()


def _hang_once(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Never ends the first time, of which the file tells; then it does."""
    try:
        with open(payload["file"], "x"):
            pass
    except FileExistsError:
        return {"pid": os.getpid()}, {}
    while True:
        signal.pause()


def _meet(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Waits at a named pipe for who opens its other end."""
    os.close(os.open(payload["pipe"], payload["flags"]))
    return {}, {}


def _go_on(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Works until nobody waits for it any more."""
    while payload["until"] is None or time.monotonic() < payload["until"]:
        pass
    raise Late


def _left(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Says how long it has."""
    return {"left": payload["end"] - time.monotonic()}, {}


def _talk(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Prints, and reads from standard input."""
    print("x" * 100_000)
    os.write(1, b"y" * 1000)
    return {"read": sys.stdin.read()}, {}


def _strange(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    """Gives what JSON does not know."""
    return {"set": {1, 2}}, {}


def _environment(payload: dict, data: Data) -> tuple[dict, dict[str, np.ndarray]]:
    return {name: os.environ.get(name) for name in payload["names"]}, {}


TASKS = {
    "sum": _sum,
    "fail": _fail,
    "die": _die,
    "hang": _hang,
    "hang once": _hang_once,
    "meet": _meet,
    "go on": _go_on,
    "left": _left,
    "talk": _talk,
    "strange": _strange,
    "environment": _environment,
}
