"""What an idle worker of many is given: about 10 s of jobs of one program, see `share`.

At a second a job, 1,000 workers end as many of them each second as any scheduler can hand out; in batches they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from honed.run.executor import Job

MOVE_COST = (
    1.5  # seconds that a worker pays to compile a program which another one holds already (1.2 to 2.2)
)
BATCH = 10.0  # seconds of work that are handed out together at most


class Holder(Protocol):
    """A worker: the affinities that it ran, and the jobs that it has in hand."""

    @property
    def held(self) -> set[str]: ...

    @property
    def jobs(self) -> Sequence[Job]: ...


@dataclass
class Held:
    """Which programs a team holds: by affinity, how many hold it and the least work that one of these has in hand."""

    count: dict[str, int] = field(default_factory=dict)
    ahead: dict[str, float] = field(default_factory=dict)

    @classmethod
    def by(cls, team: Iterable[Holder]) -> Held:
        """What a team holds now."""
        held = cls()
        for worker in team:
            ahead = seconds_of(worker.jobs)
            for affinity in worker.held:
                held.add(affinity, ahead)
        return held

    def add(self, affinity: str, ahead: float) -> None:
        """One more holds it."""
        self.count[affinity] = self.count.get(affinity, 0) + 1
        self.ahead[affinity] = min(ahead, self.ahead.get(affinity, ahead))


def share(mine: set[str], held: Held, waiting: Sequence[Job], workers: int) -> list[Job]:
    """The jobs for an idle worker: of a program that it holds, or nobody holds, or of another; in their order.

    A program that another worker holds is compiled again only where waiting for that one would cost more. The batches
    become smaller towards the end, so that all workers end together: each is at most half of an equal share of what
    waits. A job of unknown length, or one that is needed, goes alone.

    Parameters
    ----------
    mine : affinities that it holds. workers : how many share the work.
    """
    own: dict[str, list[Job]] = {}
    for job in waiting:
        own.setdefault(job.affinity, []).append(job)
    chosen = _affinity(mine, held, own)
    if chosen is None:
        return []
    first, *rest = own[chosen]
    taken, room = [first], min(BATCH, sum(job.seconds or 0.0 for job in waiting) / (2 * workers))
    if first.seconds is None or first.needed:
        return taken
    room -= first.seconds
    for job in rest:
        if job.seconds is None or job.needed or job.seconds > room:
            break
        taken.append(job)
        room -= job.seconds
    return taken


def seconds_of(jobs: Iterable[Job]) -> float:
    """How long jobs take, as far as estimated; infinite where one is not."""
    return sum(float("inf") if job.seconds is None else job.seconds for job in jobs)


def _affinity(mine: set[str], held: Held, own: dict[str, list[Job]]) -> str | None:
    for affinity in own:
        if affinity in mine:
            return affinity
    for affinity in own:
        if affinity not in held.count:
            return affinity
    for affinity, jobs in own.items():
        if held.ahead[affinity] + seconds_of(jobs) / held.count[affinity] > MOVE_COST:
            return affinity
    return None
