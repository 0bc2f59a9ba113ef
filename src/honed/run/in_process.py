"""An `Executor` in the caller's own process: for small fits, which a process would only delay."""

from collections.abc import Iterable

from honed.device import CPU, Device
from honed.run.executor import Batch, Closing, Job, OnResult, Outcome
from honed.run.frames import unpack
from honed.run.spool import OnSpool, Spool
from honed.run.worker import Start, Task, attempts, resolve

FEW_ROWS = 5_000  # tables up to this size are learned from in the caller's process where one worker is enough


class InProcess(OnSpool, Closing):
    """One performer, here, which stops at the deadline where it next looks; a job that dies takes all with it.

    Parameters
    ----------
    start : str or callable
        What makes a performer, or its address as "package.module:Name".
    """

    workers = 1
    device: Device = CPU

    def __init__(self, start: str | Start) -> None:
        make = resolve(start) if isinstance(start, str) else start
        self._spool = Spool()
        self._performer = make(self._spool)

    def run(
        self, jobs: Iterable[Job], *, until: float | None = None, on_result: OnResult | None = None
    ) -> dict[str, Outcome]:
        """As `Executor.run`."""
        batch = Batch(jobs, until, on_result)
        batch.drop_late()
        while batch.waiting:
            taken = batch.take(batch.waiting[0])
            tasks = [Task(job.payload, None if job.needed else batch.until, job.end) for job in taken]
            # Through bytes and back: the same types, and the same errors, as from another process.
            for frame in attempts(self._performer, tasks, taken[0].lanes):
                outcome = Outcome(*unpack(frame))
                batch.finish(taken[outcome.record.pop("place")], outcome)
            batch.drop_late()
        return batch.outcomes()

    def close(self) -> None:
        """As `Executor.close`."""
        self._performer.close()
        self._spool.close()
