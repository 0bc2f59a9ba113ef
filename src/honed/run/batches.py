"""What an idle worker of many is given: about 10 s of jobs of one program, see `Waiting.take`.

At a second a job, 1,000 workers end as many of them each second as any scheduler can hand out; in batches they do not.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from honed.run.executor import Job, are_beside

# Seconds that a worker pays to compile a program which another one holds already (1.2 to 2.2): at first, and at least.
MOVE_COST = 1.5
_LEARNED = 0.5  # weight of a new measurement of these seconds
_FORGOTTEN = 0.1  # by each job, of how much longer others took
BATCH = 10.0  # seconds of work that are handed out together at most


class Holder(Protocol):
    """A worker: the affinities that it ran, and the jobs that it has in hand."""

    @property
    def held(self) -> set[str]: ...

    @property
    def jobs(self) -> Sequence[Job]: ...


class Lap(NamedTuple):
    """What a job took: seconds since its worker's last outcome, or since jobs were given to it.

    Attributes
    ----------
    compiled : whether a program was compiled for it. moved : whether another worker holds that program.
    """

    seconds: float
    compiled: bool
    moved: bool


class Tempo:
    """How much longer the jobs of each program take than was expected of them, which at first is a guess.

    It goes by those that took longest: one worker with too much in hand keeps all others waiting at the end.

    Attributes
    ----------
    move_cost : seconds that a worker pays to compile a program which another one holds already, as measured.
    """

    def __init__(self) -> None:
        self._factors: dict[str, float] = {}
        self.move_cost = MOVE_COST

    def ended(self, job: Job, lap: Lap) -> None:
        """Takes what a job's lap tells: its pace, or what compiling again costs; nothing of jobs beside each other.

        A first compilation tells neither, for the pace of its program is not known.
        """
        if job.lanes > 1:
            return
        if lap.moved:
            self.moved(job, lap.seconds)
        elif not lap.compiled:
            self.learn(job, lap.seconds)

    def learn(self, job: Job, seconds: float) -> None:
        """A job has taken so long; what was seen is slowly forgotten, as what is expected is learned meanwhile."""
        if job.seconds:
            factor, before = seconds / job.seconds, self._factors.get(job.affinity, 0.0)
            self._factors[job.affinity] = max(factor, before + _FORGOTTEN * (factor - before))

    def moved(self, job: Job, seconds: float) -> None:
        """So long took a job for which its worker had to compile a program that another one holds.

        Of a program that nobody else has done a job of, nothing tells compiling from training.
        """
        if job.seconds is not None and self.knows(job.affinity):
            cost = max(MOVE_COST, seconds - job.seconds * self.of(job.affinity))
            self.move_cost += _LEARNED * (cost - self.move_cost)

    def knows(self, affinity: str) -> bool:
        """Whether a job of that program has ended."""
        return affinity in self._factors

    def of(self, affinity: str) -> float:
        """The factor, 1 at least."""
        return max(1.0, self._factors.get(affinity, 1.0))


class Waiting:
    """Jobs that wait, by program and in their order: however many there are, a few are taken at the same cost.

    By a `tempo` batches are as long as they are meant to be, and jobs of a program go alone until one has ended, but
    for those in lanes, of which none says how long it takes.
    """

    def __init__(self, jobs: Iterable[Job] = (), tempo: Tempo | None = None) -> None:
        self._tempo = tempo
        self._own: dict[str, deque[tuple[int, Job]]] = {}
        self._begin, self._end = 0, 0  # the places of what is put back and of what is added
        self._count, self._seconds = 0, 0.0
        self._by_program: defaultdict[str, float] = defaultdict(float)  # of those seconds
        self._holders: dict[str, int] = {}  # of a program, as first counted and those that took it since
        for job in jobs:
            self.add(job)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Job]:
        return (job for own in list(self._own.values()) for _, job in list(own))

    def add(self, job: Job) -> None:
        """One more, the last."""
        self._own.setdefault(job.affinity, deque()).append((self._end, job))
        self._end += 1
        self._counted(job, 1)

    def remove(self, job: Job) -> None:
        """One waits no longer."""
        own = self._own[job.affinity]
        own.remove(next(each for each in own if each[1] is job))
        self._counted(job, -1)
        if not own:
            del self._own[job.affinity]

    def put_back(self, jobs: Sequence[Job]) -> None:
        """These are the first again."""
        for job in reversed(jobs):
            self._begin -= 1
            self._own.setdefault(job.affinity, deque()).appendleft((self._begin, job))
            self._counted(job, 1)

    def take(self, worker: Holder, team: Sequence[Holder], tried: Collection[str] = ()) -> list[Job]:
        """The jobs for an idle worker of a team: of a program that it holds, or nobody holds, or of another.

        A program that another worker holds is compiled again only where waiting for that worker would cost more. A
        worker leaves what it holds for another program only if jobs of that one stand before its own and would now end
        last. The batches become smaller towards the end, so that all workers end together: each is at most half of an
        equal share of what waits, but enough for its lanes. One of unknown length, or needed, has only jobs beside it
        that go in its lanes; one of those that were `tried` before has none.
        """
        affinity = self._affinity(worker, team)
        if affinity is None:
            return []
        own, taken = self._own[affinity], list[Job]()
        room = min(BATCH / self._factor(affinity), self._seconds / (2 * len(team)))
        if self._tempo is not None and own[0][1].lanes == 1 and not self._tempo.knows(affinity):
            room = 0.0
        if affinity in self._holders and affinity not in worker.held:
            self._holders[affinity] += 1
        while own and _goes_with(taken, own[0][1], room, tried):
            job = own.popleft()[1]
            taken.append(job)
            self._counted(job, -1)
            room -= job.seconds or 0.0
            if job.lanes == 1 and (job.seconds is None or job.needed):
                break
        if not own:
            del self._own[affinity]
        return taken

    def holds(self, worker: Holder) -> bool:
        """Whether a worker holds the program of any job that waits."""
        return not self._own.keys().isdisjoint(worker.held)

    def _affinity(self, worker: Holder, team: Sequence[Holder]) -> str | None:
        order = sorted(self._own, key=lambda affinity: self._own[affinity][0][0])
        for affinity in order:
            if affinity in worker.held or self._lags(affinity, team):
                return affinity
        for affinity in order:
            if not any(affinity in each.held for each in team):
                return affinity
        for affinity in order:
            ahead = [seconds_of(each.jobs) for each in team if affinity in each.held]
            rest = seconds_of(job for _, job in self._own[affinity]) / len(ahead)
            if (min(ahead) + rest) * self._factor(affinity) > self._move_cost():
                return affinity
        return None

    def _lags(self, affinity: str, team: Sequence[Holder]) -> bool:
        """Whether those that hold a program end with it so late, behind all others, that one more had better hold it.

        Else the long jobs of a program that few hold would begin when the short ones of all others are done.
        """
        enough = self._by_program[affinity] / (self._seconds / len(team) + self._move_cost())
        if enough <= 2:  # so of two workers each keeps to its own
            return False
        if affinity not in self._holders:
            self._holders[affinity] = sum(affinity in each.held for each in team)
        return 0 < self._holders[affinity] <= enough - 1

    def _factor(self, affinity: str) -> float:
        return 1.0 if self._tempo is None else self._tempo.of(affinity)

    def _move_cost(self) -> float:
        return MOVE_COST if self._tempo is None else self._tempo.move_cost

    def _counted(self, job: Job, sign: int) -> None:
        self._count += sign
        self._seconds += sign * (job.seconds or 0.0)
        self._by_program[job.affinity] += sign * (job.seconds or 0.0)


def _goes_with(taken: Sequence[Job], job: Job, room: float, tried: Collection[str]) -> bool:
    """Whether a job is given together with those taken, where so many seconds are left."""
    if not taken:
        return True
    is_short = job.seconds is not None and job.seconds <= room
    if are_beside(taken[0], job, tried):
        return is_short or len(taken) < job.lanes
    return is_short and not job.needed and job.lanes == taken[0].lanes == 1


def would_move(affinity: str, worker: Holder, team: Iterable[Holder]) -> bool:
    """Whether a program that this worker does not hold is held by others of its team."""
    return affinity not in worker.held and any(affinity in each.held for each in team)


def seconds_of(jobs: Iterable[Job]) -> float:
    """How long jobs take, as far as estimated; infinite where one is not."""
    return sum(float("inf") if job.seconds is None else job.seconds for job in jobs)
