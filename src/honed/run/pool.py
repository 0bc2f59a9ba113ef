"""An `Executor` of worker processes: usually one a core or GPU, and the jobs that it shares out among them.

Workers are started by `subprocess` alone: `multiprocessing` needs a main guard and cannot serve a script from
standard input, and forking after JAX is unsafe.
"""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterable

from honed.device import CPU, Device
from honed.errors import RunError
from honed.run import cache, memory
from honed.run.batches import MOVE_COST
from honed.run.executor import Batch, Closing, Job, OnResult, Outcome, late
from honed.run.frames import Inbox, pack, prefixed
from honed.run.spool import OnSpool, Spool
from honed.run.worker import STILL_RUNNING, STOPS, failure

_PIECE = 1 << 20  # bytes read from a pipe at once
_GRACE = 2.0  # seconds that a worker has to end by itself
_FALSE_STARTS = 3  # workers in a row that die before they are ready: it is the machine, not the job


class Pool(OnSpool, Closing):
    """Worker processes, started at once so that their imports overlap with the caller's work.

    Parameters
    ----------
    workers : int
        How many, usually one a core or GPU.
    start : str
        Address of what makes a performer, as "package.module:Name".
    device : Device
        Where they train. Each of several GPUs has as many workers as another, or one more.
    """

    def __init__(self, workers: int, start: str, device: Device = CPU) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}: at least one has to do the work")
        self.workers, self.device = workers, device
        share = memory.free() // workers
        self._spool = spool = Spool()
        self._start = lambda gpu: _Worker(start, spool, share, gpu)
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
        """As `Executor.run`; what still runs at the deadline is killed with its worker."""
        batch = Batch(jobs, until, on_result)
        try:
            while batch.waiting or self._busy():
                self._dispatch(batch)
                self._collect(batch)
                if batch.time_left() == 0:
                    self._stop_late(batch)
        finally:
            self._abandon()
        return batch.outcomes()

    def close(self) -> None:
        """As `Executor.close`."""
        for worker in self._team:
            worker.dismiss()
        for worker in self._team:
            worker.bury()
        self._team.clear()
        self._spool.close()

    def _fill(self) -> None:
        while len(self._team) < self.workers:
            self._team.append(self._start(self._gpu()))

    def _gpu(self) -> int | None:
        """The number of the GPU that fewest workers are on, the first of such; None on the processor."""
        on = [worker.gpu for worker in self._team]
        return min(range(len(self.device.names)), key=on.count, default=None)

    def _dispatch(self, batch: Batch) -> None:
        batch.drop_late()
        if not batch.waiting:
            return
        for worker in [worker for worker in self._team if not worker.jobs and worker.has_ended()]:
            self._bury(worker, batch)
        self._fill()
        for worker in [worker for worker in self._team if not worker.jobs]:
            job = _choose(worker, self._team, batch.waiting)
            if job is not None:
                # Half of an equal share, so that all workers end together.
                worker.give(batch.take(job, 1 / (2 * self.workers)))

    def _collect(self, batch: Batch) -> None:
        """Waits until a pipe has something or the time is up; takes what there is."""
        with selectors.DefaultSelector() as selector:
            for worker in self._team:
                selector.register(worker.source, selectors.EVENT_READ, worker)
            patience = batch.time_left() if self._hurried() else None
            ready = [key.data for key, _ in selector.select(patience)] if self._busy() else []
        for worker in ready:
            if not worker.receive():
                self._bury(worker, batch)
            while worker.answers:
                self._false_starts = 0
                job, outcome = worker.answers.pop(0)
                batch.finish(job, outcome)

    def _busy(self) -> bool:
        return any(worker.jobs for worker in self._team)

    def _hurried(self) -> list["_Worker"]:
        """Those that are in the middle of a job which the deadline ends."""
        return [worker for worker in self._team if any(not job.needed for job in worker.jobs.values())]

    def _bury(self, worker: "_Worker", batch: Batch) -> None:
        self._team.remove(worker)
        death = worker.bury()
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                raise RunError(
                    f"worker processes do not start: {self._false_starts} in a row ended with {death} before "
                    "their first job. Messages above may say why; if memory is short, try --workers 1."
                )
        left = list(worker.jobs.values())
        if worker.ready and len(left) == 1 and left[0].key in batch.tried:
            batch.finish(left[0], Outcome(failure("killed", f"its worker ended twice, with {death}"), {}))
            return
        if worker.ready:
            batch.tried.update(job.key for job in left)
        batch.waiting[:0] = left

    def _stop_late(self, batch: Batch) -> None:
        for job in self._kill(self._hurried()):
            batch.finish(job, late(STILL_RUNNING))

    def _abandon(self) -> None:
        """Kills the workers that are in mid-job."""
        self._kill([worker for worker in self._team if worker.jobs])

    def _kill(self, busy: list["_Worker"]) -> list[Job]:
        """Kills these workers, and tells what they were doing; new ones are started when there is work again."""
        self._team = [worker for worker in self._team if worker not in busy]
        for worker in busy:
            worker.process.kill()
            worker.bury()
        return [job for worker in busy for job in worker.jobs.values()]


class _Worker:
    """The parent's end of one worker process."""

    def __init__(self, start: str, spool: Spool, share: int, gpu: int | None) -> None:
        self.process = _launch(start, spool, share, gpu)
        self.gpu = gpu
        assert self.process.stdin is not None and self.process.stdout is not None
        self.source = self.process.stdout.fileno()
        self.ready = False
        self.jobs: dict[int, Job] = {}  # in hand, by their places among those that it was given
        self.held: set[str] = set()  # affinities that it ran
        self.answers: list[tuple[Job, Outcome]] = []
        self._sink = self.process.stdin.fileno()
        self._spool = spool
        self._told: set[str] = set()
        self._inbox = Inbox()

    def give(self, jobs: list[Job]) -> None:
        """Sends jobs. A worker that died meanwhile is noticed by the end of its output."""
        self.jobs = dict(enumerate(jobs))
        self.held.update(job.affinity for job in jobs)
        news = {name: entry for name, entry in self._spool.manifest().items() if name not in self._told}
        self._told |= news.keys()
        told = [{"payload": job.payload, "end": job.end} for job in jobs]
        rest = memoryview(prefixed(pack({"jobs": told, "lanes": jobs[0].lanes, "manifest": news}, {})))
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
            else:
                outcome = Outcome(*frame)
                self.answers.append((self.jobs.pop(outcome.record.pop("place")), outcome))
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
    ahead = [*(job for job in waiting if job.affinity in worker.held), *worker.jobs.values()]
    return sum(float("inf") if job.seconds is None else job.seconds for job in ahead)


def _launch(start: str, spool: Spool, share: int, gpu: int | None) -> subprocess.Popen[bytes]:
    """Starts a worker with this process's import path; `-m` would look into the working folder first.

    `share` are the bytes of memory that it may take, and `gpu` is the number of the one that it works on, if it does.
    """
    environment = cache.environment() if gpu is None else cache.environment_of_gpu(gpu)
    path = [entry for entry in sys.path if isinstance(entry, str)]
    program = f"import sys; sys.path[:] = {path!r}; from honed.run.worker import main; main()"
    # Blocked, and inherited so: no Ctrl-C can hit the child before it has said that it ignores it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        return subprocess.Popen(
            [sys.executable, "-c", program, start, str(spool.fd)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(spool.fd,),
            env={**environment, memory.SHARE: str(share)},
            bufsize=0,
        )
    except OSError as error:
        raise RunError(
            f"cannot start a worker process ({error.strerror}); fewer workers need less memory: --workers 1"
        ) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
