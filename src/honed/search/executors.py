"""Where a run's trainings are done: in worker processes of this machine, or on a Ray cluster."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from honed.figures import duration
from honed.report.live import CLUSTER
from honed.report.progress import Careful, Progress
from honed.run import connection
from honed.run.cluster import Cluster, Standing
from honed.run.executor import Executor
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.run.pool import Pool
from honed.search import devices, versions
from honed.search.clock import Clock
from honed.search.new_run import PERFORM
from honed.search.options import Options
from honed.search.prepare import Prepared
from honed.search.streams import InBatches


@contextlib.contextmanager
def reached(options: Options) -> Iterator[None]:
    """The cluster that was asked for, if one was, is reached before anything is written, and left at the end.

    Raises
    ------
    InputError
        Ray is not installed, or that is no address.
    RunError
        Nothing answers there.
    """
    if options.cluster is None:
        yield
        return
    here = connection.connect(options.cluster, devices.workers(options))
    try:
        yield
    finally:
        here.close()


def pool(options: Options, most: int | None = None) -> Pool:
    """Worker processes of this machine, at most so many."""
    workers = devices.workers(options)
    return Pool(workers if most is None else min(workers, most), PERFORM, devices.found(options))


def reading(prepared: Prepared, out: str | Path | None) -> list[str]:
    """Where each node reads rows that do not fit into memory, in a sentence; nothing where none has to.

    Parameters
    ----------
    out : the run's folder, None where it is not known yet.
    """
    cluster = prepared.options.cluster
    if cluster in (None, "local") or not isinstance(prepared.source, InBatches):
        return []
    where = "the run's folder (--out)" if out is None else os.path.abspath(out)
    said = (
        f"The rows do not fit into memory: each node of the cluster reads them, encoded, from {where}, which all nodes "
        "must have under that very name and be allowed to read."
    )
    return [said]


def executor(
    options: Options,
    journal: Journal,
    progress: Progress,
    clock: Clock | None = None,
    folder: RunFolder | None = None,
) -> Executor:
    """What does a run's jobs.

    On a cluster the number of workers by which the run plans is journalled: another number of nodes later on changes
    how soon it ends, and nothing else. Rows that do not fit into memory lie in the run's folder meanwhile, and beside
    them how the cluster stands, with the time that the `clock` leaves, or is guessed, for those who watch.
    """
    if options.cluster is None:
        return pool(options)
    declared = journal.decision("workers")

    def tell(standing: Standing) -> None:
        progress.standing(standing)
        if folder is not None:
            left, about = None if clock is None else clock.left(), ""
            if left is None and isinstance(progress, Careful) and progress.end is not None:
                left, about = progress.end - time.monotonic(), "about "
            until = "" if left is None else f", {about}{duration(max(0.0, left))} left"
            folder.write_json(CLUSTER, {"stands": standing.words() + until}, sync=False)

    made = Cluster(
        PERFORM,
        options.cluster,
        options.workers,
        declared=declared if isinstance(declared, int) else None,
        folder=None if folder is None else folder.path,
        versions=versions.decisive(),
        say=progress.say,
        tell=tell,
    )
    try:
        journal.decide("workers", lambda: made.workers)
    except BaseException:
        made.close()
        raise
    return made
