"""Which jobs an idle worker is given."""

from __future__ import annotations

from dataclasses import dataclass, field

from honed.run.batches import BATCH, Held, share
from honed.run.executor import Job


@dataclass
class Worker:
    held: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)


def jobs(affinity: str, count: int, seconds: float | None = 1.0) -> list[Job]:
    return [Job(f"{affinity}{number}", {}, affinity, seconds) for number in range(count)]


def keys(taken: list[Job]) -> list[str]:
    return [job.key for job in taken]


def test_a_batch_is_of_one_program_and_about_ten_seconds() -> None:
    waiting = [job for pair in zip(jobs("a", 100), jobs("b", 100), strict=True) for job in pair]
    taken = share(set(), Held(), waiting, 1)
    assert keys(taken) == [f"a{number}" for number in range(int(BATCH))]


def test_batches_become_smaller_so_that_all_end_together() -> None:
    waiting, sizes = jobs("a", 64), []
    while waiting:
        taken = share({"a"}, Held.by([Worker({"a"})] * 4), waiting, 4)
        waiting = [job for job in waiting if job not in taken]
        sizes.append(len(taken))
    assert sizes[0] == 8 and sizes == sorted(sizes, reverse=True) and sizes[-4:] == [1, 1, 1, 1]


def test_what_is_long_unknown_or_needed_goes_alone() -> None:
    assert keys(share(set(), Held(), jobs("a", 3, 60.0), 1)) == ["a0"]
    assert keys(share(set(), Held(), jobs("a", 3, None), 1)) == ["a0"]
    needed = [Job("needed", {}, "a", 0.1, needed=True), *jobs("a", 5)]
    assert keys(share(set(), Held(), needed, 1)) == ["needed"]
    assert "needed" not in keys(share(set(), Held(), [*jobs("a", 2), *needed], 1))


def test_a_worker_prefers_what_it_holds_then_what_nobody_holds() -> None:
    waiting = [*jobs("a", 1), *jobs("b", 1), *jobs("c", 1)]
    held = Held.by([Worker({"a", "c"})])
    assert keys(share({"c"}, held, waiting, 2)) == ["c0"]
    assert keys(share(set(), held, waiting, 2)) == ["b0"]


def test_a_program_is_compiled_again_only_where_waiting_costs_more() -> None:
    soon = Held.by([Worker({"a"}), Worker({"a"}, jobs("a", 9))])
    assert share(set(), soon, jobs("a", 2), 3) == []  # the idle one has them done in 1 s
    assert keys(share(set(), Held.by([Worker({"a"}, jobs("a", 9))]), jobs("a", 2), 3)) == ["a0"]
    assert keys(share(set(), Held.by([Worker({"a"}, jobs("a", 1, None))]), jobs("a", 1), 3)) == ["a0"]


def test_nothing_waits_for_nothing() -> None:
    assert share({"a"}, Held(), [], 3) == []
