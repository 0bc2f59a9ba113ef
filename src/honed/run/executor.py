"""What performs jobs, wherever that is: `Executor`. Its implementations are `pool.Pool` and `in_process.InProcess`."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import numpy as np

from honed.device import Device
from honed.run.worker import TOO_LATE, failure


@dataclass(frozen=True)
class Job:
    """One thing to compute.

    Parameters
    ----------
    key : str
        Its name, unique in a batch.
    payload : dict
        What the function gets, JSON-able.
    affinity : str, default ""
        Jobs of equal affinity prefer the worker that ran it before: it holds the compiled program.
    seconds : float, optional
        How long it will take, as far as known.
    needed : bool, default False
        Done whatever the clock says.
    lanes : int, default 1
        It is done in a program of so many lanes by a performer that can (`worker.SideBySide`), and others of the same
        affinity and number beside it; one that is tried once more alone.
    end : float, optional
        Moment of `time.monotonic` at which it is to come to its end by itself. It is no part of the payload, as another
        machine has another clock: a performer is told it by its own.
    """

    key: str
    payload: dict
    affinity: str = ""
    seconds: float | None = None
    needed: bool = False
    end: float | None = None
    lanes: int = 1


class Outcome(NamedTuple):
    """What came of a job.

    `record` is JSON: `{"ok": true, "value": {...}}`, or `{"ok": false, "error": ..., "detail": ...}` with the
    error `exception` (detail: the traceback), `killed` (its worker died twice) or `late` (no time was left).
    `arrays` lie beside it.
    """

    record: dict
    arrays: dict[str, np.ndarray]

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.record["ok"]

    @property
    def value(self) -> dict:
        """What the function returned; KeyError for a failure."""
        return self.record["value"]


OnResult = Callable[[str, Outcome], None]


class Executor(Protocol):
    """Performs batches of jobs with one performer in each place where there is work.

    An implementation is made with the address of what makes a performer, "package.module:Name"; see
    `worker.Performer`. Who does a job, and when, changes nothing in its outcome. One thread uses it.
    """

    @property
    def workers(self) -> int:
        """How many performers work at the same time; each may do several jobs side by side (`Job.lanes`)."""
        ...

    @property
    def device(self) -> Device:
        """Where its performers train."""
        ...

    def put(self, name: str, array: np.ndarray) -> None:
        """Gives an array to all jobs that begin from now on; it is not copied for each of them, and none changes it.

        Raises
        ------
        ValueError
            The name is taken, or the array holds objects.
        RunError
            There is no room for it.
        """
        ...

    def reserve(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """Makes room for an array (rows, ...) that does not fit into memory; `fill` gives its rows. Errors as `put`."""
        ...

    def fill(self, name: str, first: int, rows: np.ndarray) -> None:
        """Gives rows of such an array, from row `first` on, before a job that reads it begins."""
        ...

    def alias(self, name: str, of: str) -> None:
        """Gives an array that it has one more name."""
        ...

    def run(
        self, jobs: Iterable[Job], *, until: float | None = None, on_result: OnResult | None = None
    ) -> dict[str, Outcome]:
        """Performs a batch; gives the outcome of every job by key, in the order of the jobs.

        An exception in a job is its outcome and touches no other job. A job whose worker dies is tried once more on
        a new one, and is `killed` if that dies too. After an exception from here, Ctrl-C included, no job is left
        running and the executor can be used again or closed.

        Parameters
        ----------
        jobs : iterable of Job
            Their keys differ; ValueError if not. They may be drawn while others are done already.
        until : float, optional
            Deadline on the clock of `time.monotonic`. Jobs not started by then, or whose `seconds` do not fit
            in what is left, are `late`; so are those still running. None of it goes for those that are `needed`.
        on_result : callable, optional
            Told `(key, outcome)` of each job as it ends, in the order of ending. What it raises ends the batch.

        Raises
        ------
        RunError
            There is nobody to do the work.
        """
        ...

    def close(self) -> None:
        """Ends the workers, closes their performers and lets go of the arrays; a second time nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Closing(ABC):
    """The part of an `Executor` that a `with` asks for: it is closed at the end."""

    @abstractmethod
    def close(self) -> None:
        """As `Executor.close`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Batch:
    """The state of one call of `run`: what waits, what was tried before, what has come out."""

    def __init__(self, jobs: Iterable[Job], until: float | None, on_result: OnResult | None) -> None:
        self._keys: dict[str, None] = {}  # in the order of the jobs
        self.tried: set[str] = set()
        self.until = until
        self._on_result = on_result
        self._done: dict[str, Outcome] = {}
        self.waiting = list(self.drawn(jobs))

    def drawn(self, jobs: Iterable[Job]) -> Iterator[Job]:
        """Further jobs of this batch, as they are drawn."""
        for job in jobs:
            if job.key in self._keys:
                raise ValueError("two jobs of a batch have the same key")
            self._keys[job.key] = None
            yield job

    def time_left(self) -> float | None:
        """Seconds until the deadline; None without one."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def take(self, job: Job, share: float = 1.0) -> list[Job]:
        """A job, and those beside it that a worker is given too: a share of all such, but enough for its lanes."""
        self.waiting.remove(job)
        others = [each for each in self.waiting if are_beside(job, each, self.tried)]
        taken = others[: max(job.lanes, round(share * (len(others) + 1))) - 1]
        keys = {each.key for each in taken}
        self.waiting = [each for each in self.waiting if each.key not in keys]
        return [job, *taken]

    def drop_late(self) -> None:
        """Gives up the jobs that no longer fit."""
        for job in self.late(self.waiting):
            self.waiting.remove(job)

    def late(self, jobs: Iterable[Job]) -> list[Job]:
        """Those of them that no longer fit, whose outcome that is."""
        left = self.time_left()
        if left is None:
            return []
        found = [job for job in jobs if left <= (job.seconds or 0) and not job.needed]
        for job in found:
            self.finish(job, late(TOO_LATE))
        return found

    def finish(self, job: Job, outcome: Outcome) -> None:
        """This came of a job."""
        self._done[job.key] = outcome
        if self._on_result is not None:
            self._on_result(job.key, outcome)

    def outcomes(self) -> dict[str, Outcome]:
        """What came of all, in the order of the jobs."""
        return {key: self._done[key] for key in self._keys}


def are_beside(one: Job, other: Job, tried: Collection[str] = ()) -> bool:
    """Whether two jobs may be done in lanes of one program; those that were `tried` before may not."""
    is_same = (one.affinity, one.lanes) == (other.affinity, other.lanes)
    return one.lanes > 1 and is_same and one.key not in tried and other.key not in tried


def late(detail: str) -> Outcome:
    """The outcome of a job for which there was no time."""
    return Outcome(failure("late", detail), {})
