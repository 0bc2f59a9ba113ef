"""The pool: one worker process a core, and the jobs that it shares out among them.

Workers are started by `subprocess` alone: `multiprocessing` needs a main guard and cannot serve a script from
standard input, and forking after JAX is unsafe. Who does a job, and when, changes nothing in its outcome.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

from honed.errors import RunError
from honed.run import cache, memory
from honed.run.frames import Inbox, pack, prefixed, unpack
from honed.run.spool import Spool
from honed.run.worker import STOPS, Perform, attempt, failure, resolve

MOVE_COST = (
    1.5  # seconds that a worker pays to compile a program which another one holds already (1.2 to 2.2)
)
_PIECE = 1 << 20  # bytes read from a pipe at once
_GRACE = 2.0  # seconds that a worker has to end by itself
_FALSE_STARTS = 3  # workers in a row that die before they are ready: it is the machine, not the job


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
    """

    key: str
    payload: dict
    affinity: str = ""
    seconds: float | None = None


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


class Pool:
    """Worker processes, started at once so that their imports overlap with the caller's work.

    Parameters
    ----------
    workers : int
        How many, usually one a core.
    function : str
        Address of `perform(payload, spool) -> (value, arrays)`, as "package.module:name".
    spool : Spool
        Arrays that jobs read; what is put in later is known to later jobs.
    """

    def __init__(self, workers: int, function: str, spool: Spool) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}: at least one has to do the work")
        self.workers = workers
        share = memory.free() // workers
        self._start = lambda: _Worker(function, spool, share)
        self._team: list[_Worker] = []
        cache.prune(cache.folder())
        self._false_starts = 0
        try:
            self._fill()
        except BaseException:
            self.close()
            raise

    def run(
        self, jobs: Iterable[Job], *, until: float | None = None, on_result: OnResult | None = None
    ) -> dict[str, Outcome]:
        """Performs a batch; gives the outcome of every job by key, in the order of the jobs.

        A job whose worker dies is tried once more on a new one. After an exception, Ctrl-C included, no job
        is left running and the pool can be used again or closed.

        Parameters
        ----------
        jobs : iterable of Job
        until : float, optional
            Deadline on the clock of `time.monotonic`. Jobs not started by then, or whose `seconds` do not fit
            in what is left, are `late`; those still running are killed and `late`.
        on_result : callable, optional
            Told `(key, outcome)` of each job as it ends, in the order of ending.

        Raises
        ------
        RunError
            Worker processes cannot be started.
        """
        batch = _Batch(jobs, until, on_result)
        try:
            while batch.waiting or any(worker.job for worker in self._team):
                self._dispatch(batch)
                self._collect(batch)
                if batch.time_left() == 0:
                    self._stop_late(batch)
        finally:
            self._abandon()
        return batch.outcomes()

    def close(self) -> None:
        """Ends the workers."""
        for worker in self._team:
            worker.dismiss()
        for worker in self._team:
            worker.bury()
        self._team.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _fill(self) -> None:
        while len(self._team) < self.workers:
            self._team.append(self._start())

    def _dispatch(self, batch: "_Batch") -> None:
        batch.drop_late()
        if not batch.waiting:
            return
        for worker in [worker for worker in self._team if worker.job is None and worker.has_ended()]:
            self._bury(worker, batch)
        self._fill()
        for worker in [worker for worker in self._team if worker.job is None]:
            job = _choose(worker, self._team, batch.waiting)
            if job is not None:
                batch.waiting.remove(job)
                worker.give(job)

    def _collect(self, batch: "_Batch") -> None:
        """Waits until a pipe has something or the time is up; takes what there is."""
        with selectors.DefaultSelector() as selector:
            for worker in self._team:
                selector.register(worker.source, selectors.EVENT_READ, worker)
            ready = [key.data for key, _ in selector.select(batch.time_left())] if self._busy() else []
        for worker in ready:
            if not worker.receive():
                self._bury(worker, batch)
            while worker.answers:
                self._false_starts = 0
                job, outcome = worker.answers.pop(0)
                batch.finish(job, outcome)

    def _busy(self) -> bool:
        return any(worker.job for worker in self._team)

    def _bury(self, worker: "_Worker", batch: "_Batch") -> None:
        self._team.remove(worker)
        death = worker.bury()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                raise RunError(
                    f"worker processes do not start: {self._false_starts} in a row ended with {death} before "
                    "their first job. Messages above may say why; if memory is short, try --workers 1."
                )
        if worker.job is None:
            return
        if worker.ready and worker.job.key in batch.tried:
            batch.finish(worker.job, Outcome(failure("killed", f"its worker ended twice, with {death}"), {}))
            return
        if worker.ready:
            batch.tried.add(worker.job.key)
        batch.waiting.insert(0, worker.job)

    def _stop_late(self, batch: "_Batch") -> None:
        for job in self._abandon():
            batch.finish(job, _late("it was still running when the time was up"))

    def _abandon(self) -> list[Job]:
        """Kills the workers that are in mid-job; new ones are started when there is work again."""
        busy = [worker for worker in self._team if worker.job]
        self._team = [worker for worker in self._team if not worker.job]
        for worker in busy:
            worker.process.kill()
            worker.bury()
        return [worker.job for worker in busy if worker.job]


class InProcess:
    """The interface of `Pool` with the work done here: for small fits, which a process would only delay.

    Parameters
    ----------
    function : str or callable
        As for `Pool`, or the function itself.
    spool : Spool
    """

    workers = 1

    def __init__(self, function: str | Perform, spool: Spool) -> None:
        self._perform = resolve(function) if isinstance(function, str) else function
        self._spool = spool

    def run(
        self, jobs: Iterable[Job], *, until: float | None = None, on_result: OnResult | None = None
    ) -> dict[str, Outcome]:
        """As `Pool.run`; a job that has begun is not stopped at `until`."""
        batch = _Batch(jobs, until, on_result)
        batch.drop_late()
        while batch.waiting:
            job = batch.waiting.pop(0)
            # Through bytes and back: the same types, and the same errors, as from another process.
            batch.finish(job, Outcome(*unpack(attempt(self._perform, job.payload, self._spool))))
            batch.drop_late()
        return batch.outcomes()

    def close(self) -> None:
        """Nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Batch:
    """The state of one call of `run`: what waits, what was tried before, what has come out."""

    def __init__(self, jobs: Iterable[Job], until: float | None, on_result: OnResult | None) -> None:
        self.jobs = list(jobs)
        self.waiting = list(self.jobs)
        self.tried: set[str] = set()
        self._until = until
        self._on_result = on_result
        self._done: dict[str, Outcome] = {}
        if len({job.key for job in self.jobs}) < len(self.jobs):
            raise ValueError("two jobs of a batch have the same key")

    def time_left(self) -> float | None:
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    def drop_late(self) -> None:
        """Gives up the jobs that no longer fit."""
        left = self.time_left()
        if left is None:
            return
        for job in [job for job in self.waiting if left <= (job.seconds or 0)]:
            self.waiting.remove(job)
            self.finish(job, _late("too little time was left to begin it"))

    def finish(self, job: Job, outcome: Outcome) -> None:
        self._done[job.key] = outcome
        if self._on_result is not None:
            self._on_result(job.key, outcome)

    def outcomes(self) -> dict[str, Outcome]:
        return {job.key: self._done[job.key] for job in self.jobs}


class _Worker:
    """The parent's end of one worker process."""

    def __init__(self, function: str, spool: Spool, share: int) -> None:
        self.process = _launch(function, spool, share)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.source = self.process.stdout.fileno()
        self.ready = False
        self.job: Job | None = None
        self.held: set[str] = set()  # affinities that it ran
        self.answers: list[tuple[Job, Outcome]] = []
        self._sink = self.process.stdin.fileno()
        self._spool = spool
        self._told: set[str] = set()
        self._inbox = Inbox()

    def give(self, job: Job) -> None:
        """Sends a job. A worker that died meanwhile is noticed by the end of its output."""
        self.job = job
        self.held.add(job.affinity)
        news = {name: entry for name, entry in self._spool.manifest().items() if name not in self._told}
        self._told |= news.keys()
        rest = memoryview(prefixed(pack({"payload": job.payload, "manifest": news}, {})))
        try:
            while rest:
                rest = rest[os.write(self._sink, rest) :]
        except BrokenPipeError:
            pass

    def receive(self) -> bool:
        """Takes what the pipe has; False at its end."""
        piece = os.read(self.source, _PIECE)
        for frame in self._inbox.take(piece):
            if not self.ready:
                self.ready = True
            elif self.job is not None:
                self.answers.append((self.job, Outcome(*frame)))
                self.job = None
        return bool(piece)

    def has_ended(self) -> bool:
        """Whether the process is no more."""
        return self.process.poll() is not None

    def dismiss(self) -> None:
        """Closes its input, at which it ends."""
        if self.process.stdin is not None:
            self.process.stdin.close()

    def bury(self) -> str:
        """Waits for its end, hastens it if need be, and tells it in words."""
        self.dismiss()
        try:
            code = self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return f"signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"status {code}"


def _choose(worker: _Worker, team: list[_Worker], waiting: list[Job]) -> Job | None:
    """The job for an idle worker: one whose program it holds, or nobody holds, or else another.

    A program that another worker holds is compiled again only where waiting for that one would cost more.
    """
    held = set().union(*(other.held for other in team))
    for job in waiting:
        if job.affinity in worker.held:
            return job
    for job in waiting:
        if job.affinity not in held:
            return job
    for job in waiting:
        if min(_backlog(other, waiting) for other in team if job.affinity in other.held) > MOVE_COST:
            return job
    return None


def _backlog(worker: _Worker, waiting: list[Job]) -> float:
    """Seconds of work ahead of a worker, as far as estimated; infinite where unknown."""
    ahead = [job for job in waiting if job.affinity in worker.held]
    if worker.job is not None:
        ahead.append(worker.job)
    return sum(float("inf") if job.seconds is None else job.seconds for job in ahead)


def _late(detail: str) -> Outcome:
    return Outcome(failure("late", detail), {})


def _launch(function: str, spool: Spool, share: int) -> subprocess.Popen[bytes]:
    """Starts a worker with this process's import path; `-m` would look into the working folder first.

    `share` are the bytes of memory that it may take.
    """
    path = [entry for entry in sys.path if isinstance(entry, str)]
    program = f"import sys; sys.path[:] = {path!r}; from honed.run.worker import main; main()"
    # Blocked, and inherited so: no Ctrl-C can hit the child before it has said that it ignores it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        return subprocess.Popen(
            [sys.executable, "-c", program, function, str(spool.fd)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(spool.fd,),
            env={**cache.environment(), memory.SHARE: str(share)},
            bufsize=0,
        )
    except OSError as error:
        raise RunError(
            f"cannot start a worker process ({error.strerror}); fewer workers need less memory: --workers 1"
        ) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
