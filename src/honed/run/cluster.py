"""An `Executor` on a Ray cluster: its workers are Ray's actors, of one processor each, on whatever nodes there are.

Ray places them, starts them where nodes join and says when they or their nodes are gone. What is done here is what it
does not do: batches of jobs by program, a deadline, and the jobs of the dead given to the living.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from honed.device import CPU, Device
from honed.errors import RunError
from honed.figures import counted
from honed.run import batches, connection, disk
from honed.run.executor import Batch, Closing, Job, OnResult, Outcome, late
from honed.run.folder import ROWS
from honed.run.frames import pack, unpack
from honed.run.on_node import UNREADABLE, Entry, Hello, InFile, InStore, NodeWorker, Told
from honed.run.worker import STILL_RUNNING, failure

LOOK = 1.0  # seconds between two looks at which nodes there are
_TURN = 0.05  # seconds for which jobs are drawn before it is seen who wants some
_GATHER = 2e-5  # seconds a worker, for which others may say something too: to ask all takes a twelfth of that
_GRACE = 1.0  # seconds after a deadline that a worker has to say itself that it is late
_SILENCE = 30.0  # seconds without a worker, after which it is said
_FALSE_STARTS = 3  # workers in a row that die before they are ready, and not with a node: it is the cluster


class Standing(NamedTuple):
    """A cluster at one moment: nodes, workers that are ready, of these those that work, and jobs that wait."""

    nodes: int
    workers: int
    busy: int
    waiting: int

    def words(self) -> str:
        """The same in words.

        Examples
        --------
        >>> Standing(3, 12, 11, 40).words()
        '3 nodes, 12 workers of which 11 work, 40 tasks waiting'
        """
        workers = f"{counted(self.workers, 'worker')} of which {self.busy:,} work"
        return f"{counted(self.nodes, 'node')}, {workers}, {counted(self.waiting, 'task')} waiting"


def _say_nothing(_: object) -> None:
    """Nobody listens."""


class Cluster(Closing):
    """Workers on the nodes of a Ray cluster, as many as there are processors, or as were asked for.

    Nodes may come and go: a job whose node is gone is done elsewhere, and what comes of it is the same.

    Parameters
    ----------
    start : str
        Address of what makes a performer, as "package.module:Name".
    address : str
        "local" for a cluster of this process alone on this machine, "auto" for the one that this machine belongs to,
        or HOST:PORT. A connection that this process has already is used.
    asked : int, optional
        Workers; by default one for each processor of the cluster at any time.
    declared : int, optional
        What `workers` says, on which plans hang, whatever there is now; by default what there is at the start.
    folder : Path, optional
        A folder that all nodes see, for arrays that do not fit into memory.
    versions : mapping, optional
        Packages, with the versions that each node must have.
    say : callable, optional
        Gets a sentence on what happens, such as a node that is lost.
    tell : callable, optional
        Gets the `Standing`, about once a second while there is work.

    Raises
    ------
    InputError
        Ray is not installed, or that is no address.
    RunError
        Nothing answers there, or nobody is there to work.
    """

    device: Device = CPU

    def __init__(
        self,
        start: str,
        address: str,
        asked: int | None = None,
        *,
        declared: int | None = None,
        folder: Path | None = None,
        versions: Mapping[str, str] | None = None,
        say: Callable[[str], object] = _say_nothing,
        tell: Callable[[Standing], object] = _say_nothing,
    ) -> None:
        self._connection = connection.connect(address, asked)
        self._ray = self._connection.ray
        self._is_local = address == "local"
        self._asked, self._versions, self._say, self._tell = asked, dict(versions or {}), say, tell
        self._folder, self._own_folder = folder, None
        path = self._connection.path
        actor = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(NodeWorker)
        self._hire = lambda: _Member(actor.remote(start, list(self._versions), path))
        self._entries: dict[str, Entry] = {}
        self._team: list[_Member] = []
        self._to_come: Iterator[Job] | None = None  # while there is one
        self._tempo, self._waiting = batches.Tempo(), batches.Waiting()
        self._nodes: dict[str, int] = {}  # processors of each that is alive
        self._looked = -math.inf
        self._lost = -math.inf  # when a node was last seen to be gone
        self._told = -math.inf
        self._false_starts = 0
        self._machines: dict[str, str] = {}  # a host of each kind on which a worker has started
        self._since = time.monotonic()  # when there was a worker
        try:
            self._recruit()
            if not self._wanted():
                raise RunError(
                    f"The Ray cluster at {address!r} has no node with a processor to give. Start one that has, or "
                    "say with --workers how many workers to wait for."
                )
        except BaseException:
            self.close()
            raise
        self.workers = declared or self._wanted()

    def put(self, name: str, array: np.ndarray) -> None:
        """As `Executor.put`; the array lies in Ray's object store, from where each node fetches it once."""
        self._check_new(name, array.dtype)
        try:
            self._entries[name] = InStore(self._ray.put(np.ascontiguousarray(array).reshape(array.shape)))
        except self._ray.exceptions.RayError as error:
            raise RunError(
                f"Ray's object store has no room for {array.nbytes:,} bytes of working data ({_first(error)}). Start "
                "Ray with a larger --object-store-memory, or free some disk where it spills to."
            ) from error

    def reserve(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
        """As `Executor.reserve`; the array lies in a file of the folder that all nodes see."""
        self._check_new(name, dtype)
        folder = self._shared()
        path = folder / f"{len(self._entries)}.rows"
        size = math.prod(shape) * dtype.itemsize
        with disk.working_data(size, self._folder), open(path, "wb") as file:
            if size:
                os.posix_fallocate(file.fileno(), 0, size)
        self._entries[name] = InFile(str(path), dtype.str, tuple(shape))

    def fill(self, name: str, first: int, rows: np.ndarray) -> None:
        """As `Executor.fill`."""
        entry = self._entries[name]
        assert isinstance(entry, InFile), name
        array = np.ascontiguousarray(rows, np.dtype(entry.dtype))
        if array.shape[1:] != tuple(entry.shape[1:]) or first + len(array) > entry.shape[0]:
            raise ValueError(f"{array.shape} from row {first} on do not fit into {name!r}")
        with disk.working_data(array.nbytes, self._folder), open(entry.path, "r+b") as file:
            file.seek(first * math.prod(entry.shape[1:]) * array.itemsize)
            file.write(array.data if array.size else b"")
        # It is closed, so that other nodes see it.

    def alias(self, name: str, of: str) -> None:
        """As `Executor.alias`."""
        if name in self._entries:
            raise ValueError(f"the cluster has {name!r} already")
        self._entries[name] = self._entries[of]

    def run(
        self, jobs: Iterable[Job], *, until: float | None = None, on_result: OnResult | None = None
    ) -> dict[str, Outcome]:
        """As `Executor.run`; a job whose node is gone is tried again as often as that happens.

        Jobs that take long to draw are drawn in turns, between which the first of them are handed out.
        """
        batch = Batch((), until, on_result)
        self._to_come, self._waiting = batch.drawn(jobs), batches.Waiting(tempo=self._tempo)
        try:
            while self._draw() or self._waiting or any(member.jobs for member in self._team):
                self._recruit()
                self._dispatch(batch)
                self._show(batch)
                self._collect(batch)
                self._stop_late(batch)
        finally:
            self._to_come = None
            self._dismiss([member for member in self._team if member.jobs])
        return batch.outcomes()

    def close(self) -> None:
        """As `Executor.close`."""
        self._dismiss(self._team)
        self._entries.clear()
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)
            self._own_folder = None
        self._connection.close()

    def _check_new(self, name: str, dtype: np.dtype) -> None:
        if name in self._entries:
            raise ValueError(f"the cluster has {name!r} already")
        if dtype.hasobject:
            raise ValueError(f"cannot put {name!r} ({dtype}) into the cluster: objects")

    def _shared(self) -> Path:
        """A folder of this run alone that all nodes see."""
        if self._own_folder is None:
            if self._folder is None and not self._is_local:
                raise RunError(
                    "The rows do not fit into memory, so each node has to read them from a folder that all nodes see, "
                    "and no such folder is known. Fit with `honed fit ... --out` in a shared folder."
                )
            with disk.working_data(folder=self._folder):
                self._own_folder = Path(tempfile.mkdtemp(prefix=ROWS, dir=self._folder)).absolute()
                if self._folder is not None:  # workers may be another user's
                    self._own_folder.chmod(stat.S_IMODE(self._folder.stat().st_mode))
        return self._own_folder

    def _wanted(self) -> int:
        """Workers that there should be."""
        return self._asked or sum(self._nodes.values())

    def _recruit(self) -> None:
        """Looks which nodes there are, and has as many workers as there should be."""
        if time.monotonic() - self._looked >= LOOK:
            self._look()
            # Those that work are heard of by the end of their stream.
            self._dismiss(m for m in self._team if m.is_ready and not m.jobs and m.node not in self._nodes)
            spare = max(0, len(self._team) - self._wanted())
            self._dismiss([m for m in self._team if not m.is_ready][:spare])
        while len(self._team) < self._wanted():
            self._team.append(self._hire())

    def _look(self) -> None:
        """Sees which nodes there are now, and says which have come and gone."""
        before, self._looked = self._nodes, time.monotonic()
        self._nodes = {
            node["NodeID"]: int(node["Resources"].get("CPU", 0))
            for node in self._ray.nodes()
            if node["Alive"]
        }
        for node in before.keys() - self._nodes.keys():
            self._lost = self._looked
            self._say(f"A node of the cluster is gone ({node[:8]}); what it did is done again elsewhere.")
        if before and (joined := self._nodes.keys() - before.keys()):
            self._say(f"Nodes have joined the cluster: {len(joined)}.")

    def _draw(self) -> bool:
        """Draws jobs for a moment, one at least; whether there are more."""
        end = time.monotonic() + _TURN
        while self._to_come is not None:
            job = next(self._to_come, None)
            if job is None:
                self._to_come = None
                break
            self._waiting.add(job)
            if time.monotonic() >= end:
                break
        return self._to_come is not None

    def _dispatch(self, batch: Batch) -> None:
        for job in batch.late(self._waiting):
            self._waiting.remove(job)
        is_refused = False  # whether nothing that waits is worth another compilation
        for member in self._team:
            if not self._waiting:
                return
            if not member.is_ready or member.jobs or (is_refused and not self._waiting.holds(member)):
                continue
            jobs = self._waiting.take(member, self._team, batch.tried)
            if jobs:
                moves = batches.would_move(jobs[0].affinity, member, self._team)
                member.give(jobs, self._entries, batch.until, moves=moves)
            is_refused = not jobs

    def _collect(self, batch: Batch) -> None:
        """Waits until somebody has said something or it is time to look; takes what there is."""
        sources = {
            id(source): (source, member)
            for member in self._team
            if (source := member.stream if member.jobs else None if member.is_ready else member.greeting)
            is not None
        }
        patience = self._patience(batch)
        if not sources:
            time.sleep(patience)
            return
        everything = [source for source, _ in sources.values()]
        try:
            ready, rest = self._ray.wait(everything, timeout=patience)
            if ready and rest:
                time.sleep(_GATHER * len(rest))
                more, _ = self._ray.wait(rest, num_returns=len(rest), timeout=0)
                ready += more
        except SystemError as error:  # the handler of a signal has raised in the middle of Ray's code
            raise (error.__cause__ or error) from None
        for source in ready:
            member = sources[id(source)][1]
            if member.jobs:
                self._receive(member, batch)
            elif member in self._team:
                self._welcome(member)

    def _patience(self, batch: Batch) -> float:
        """Seconds until it is time to look, or to draw."""
        if self._to_come is not None:
            return 0.0
        left = batch.time_left()
        if left is None or not self._hurried():
            return LOOK
        return min(LOOK, left or _GRACE / 10)

    def _welcome(self, member: _Member) -> None:
        """Takes a new worker on, if it is one that does the same as all others."""
        try:
            hello: Hello = self._ray.get(member.greeting)
        except self._ray.exceptions.RayError as error:
            self._dismiss([member])
            self._did_not_start(member, error)
            return
        if other := {n: has for n, has in hello["versions"].items() if has != self._versions[n]}:
            was = " and ".join(f"{name} {has or '(none)'}" for name, has in other.items())
            here = " and ".join(f"{name} {self._versions[name]}" for name in other)
            raise RunError(
                f"Node {hello['host']} has {was}, and here is {here}, with which the same settings give other "
                f"networks. Install the same on each node: pip install {_wanted_versions(self._versions)}"
            )
        self._false_starts = 0
        member.is_ready, member.node, member.host = True, hello["node"], hello["host"]
        is_new = hello["machine"] not in self._machines
        if is_new and self._machines:
            self._say(
                f"The nodes are not all alike ({hello['host']}: {hello['machine']}), so the last digits of a training "
                "hang on where it is done: a repetition may choose other networks."
            )
        self._machines.setdefault(hello["machine"], hello["host"])

    def _did_not_start(self, member: _Member, error: Exception) -> None:
        """Counts a worker that ended before it was ready, where its node is not the reason.

        It has not said on which node it was. So it is not counted if any node went since it was asked for. While there
        is a worker that is ready, the run goes on whatever others do: further ones may come.

        Raises
        ------
        RunError
            There is no honed on its node, or so many in a row did not start, and there is none that has.
        """
        if "No module named 'honed" in str(error):
            raise RunError(
                "A node of the cluster has no honed, or another version of it: "
                f"{_wanted_versions(self._versions)} must be installed on each node, for the same Python."
            ) from error
        self._look()
        if member.hired <= self._lost or isinstance(error, self._ray.exceptions.ActorUnavailableError):
            return
        self._false_starts += 1
        said = f"{self._false_starts} in a row ended before their first job. The last: {_first(error)}"
        if self._false_starts >= _FALSE_STARTS and not any(other.is_ready for other in self._team):
            raise RunError(f"workers do not start on the cluster: {said}") from error
        if self._false_starts == _FALSE_STARTS:
            self._say(f"Some workers do not start on the cluster, and are tried again: {said}")

    def _receive(self, member: _Member, batch: Batch) -> None:
        """Takes an outcome of the jobs that a worker has in hand, or notices that the worker is gone."""
        try:
            outcome = Outcome(*unpack(self._ray.get(next(member.stream))))
        except (StopIteration, self._ray.exceptions.RayError) as error:
            self._lose(member, batch, error)
            return
        if outcome.record.get("error") == UNREADABLE:
            raise RunError(
                f"Node {member.host} cannot read {outcome.record['detail']}. Rows lie there that do not fit into "
                "memory, so it cannot train. Let the run's folder (--out) lie in a folder that all nodes have under "
                "the same name and may read."
            )
        job = member.given[outcome.record.pop("place")]
        member.jobs.remove(job)
        lap = member.lap()
        if outcome.ok:
            self._tempo.ended(job, lap)
        batch.finish(job, outcome)

    def _lose(self, member: _Member, batch: Batch, error: Exception) -> None:
        """Has the jobs of a worker that is gone done by others; those it was at may have been the reason."""
        first, *rest = member.jobs
        self._dismiss([member])
        self._look()
        is_its_fault = member.node in self._nodes and not isinstance(
            error, self._ray.exceptions.ActorUnavailableError
        )
        if is_its_fault and first.key in batch.tried:
            detail = f"its worker ended twice, the last time with: {_first(error)}"
            self._waiting.put_back(rest)
            batch.finish(first, Outcome(failure("killed", detail), {}))
            return
        if is_its_fault:
            batch.tried.update(job.key for job in [first, *rest][: first.lanes])
        self._waiting.put_back([first, *rest])

    def _stop_late(self, batch: Batch) -> None:
        """Ends the work of those that have not stopped by themselves some time after the deadline."""
        if batch.until is None or time.monotonic() < batch.until + _GRACE:
            return
        hurried = self._hurried()
        jobs = [job for member in hurried for job in member.jobs]
        self._dismiss(hurried)
        for job in jobs:
            batch.finish(job, late(STILL_RUNNING))

    def _hurried(self) -> list[_Member]:
        """Those that are in the middle of a job which the deadline ends."""
        return [member for member in self._team if member.jobs and not member.jobs[0].needed]

    def _dismiss(self, members: Iterable[_Member]) -> None:
        gone = list(members)
        self._team = [member for member in self._team if member not in gone]
        for member in gone:
            member.jobs = []
            with contextlib.suppress(Exception):  # what is lost with its node, or the whole cluster
                self._ray.kill(member.actor)

    def _show(self, batch: Batch) -> None:
        """Tells how it stands, and that nobody is there if so."""
        now = time.monotonic()
        if now - self._told < LOOK:
            return
        self._told = now
        ready = [member for member in self._team if member.is_ready]
        busy = sum(bool(member.jobs) for member in ready)
        waiting = len(self._waiting) + sum(max(0, len(member.jobs) - 1) for member in ready)
        self._tell(Standing(len(self._nodes), len(ready), busy, waiting))
        if ready:
            self._since = now
        elif now - self._since >= _SILENCE:
            self._since = math.inf  # until there was one
            self._say(
                "No worker has started yet: no processor of the cluster is free, or no node has any. Waiting for one."
            )


class _Member:
    """The driver's end of one worker."""

    def __init__(self, actor: Any) -> None:
        self.actor, self.hired = actor, time.monotonic()
        self.greeting = actor.hello.remote()
        self.is_ready = False
        self.node, self.host = "", ""
        self.given: list[Job] = []  # together, the last time
        self.jobs: list[Job] = []  # in hand of these, in the order in which it does them
        self.held: set[str] = set()
        self.stream: Any = None
        self._since = 0.0  # the moment of the last outcome, or of the jobs that were given since
        self._compiles = self._moves = False  # in the job that it is at; what others hold
        self._told: set[str] = set()

    def give(self, jobs: list[Job], entries: dict[str, Entry], until: float | None, *, moves: bool) -> None:
        """Sends jobs, with moments as seconds from now; `moves` says that others alone hold their program."""
        self._since = now = time.monotonic()
        self.given, self.jobs = list(jobs), list(jobs)
        self._compiles = jobs[0].affinity not in self.held
        self._moves = moves
        self.held |= {job.affinity for job in jobs}
        news = {name: entry for name, entry in entries.items() if name not in self._told}
        self._told |= news.keys()
        told: list[Told] = [
            {
                "payload": job.payload,
                "seconds": job.seconds,
                "needed": job.needed,
                "until": None if until is None or job.needed else until - now,
                "end": None if job.end is None else job.end - now,
            }
            for job in jobs
        ]
        perform = self.actor.perform.options(num_returns="streaming")
        self.stream = perform.remote(pack({"jobs": told, "lanes": jobs[0].lanes}, {}), news)

    def lap(self) -> batches.Lap:
        """What the job took whose outcome has come; it begins that of the next one."""
        now = time.monotonic()
        lap = batches.Lap(now - self._since, self._compiles, self._moves)
        self._since, self._compiles, self._moves = now, False, False
        return lap


def _wanted_versions(versions: Mapping[str, str]) -> str:
    return " ".join(f'"{name}=={version}"' for name, version in versions.items())


def _first(error: BaseException) -> str:
    """What matters of what Ray says, which may be very long."""
    said = " ".join(str(error).split())
    for begin in ("The actor is dead because ", "The actor died because "):
        _, found, after = said.rpartition(begin)
        said = after if found else said
    return said if len(said) <= 300 else f"{said[:300]}…"
