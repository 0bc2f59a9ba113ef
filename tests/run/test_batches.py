"""Which jobs an idle worker is given."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from honed.run.batches import BATCH, MOVE_COST, Lap, Tempo, Waiting, would_move
from honed.run.executor import Job


@dataclass
class Worker:
    held: set[str] = field(default_factory=set)
    jobs: list[Job] = field(default_factory=list)


def jobs(affinity: str, count: int, seconds: float | None = 1.0) -> list[Job]:
    return [Job(f"{affinity}{number}", {}, affinity, seconds) for number in range(count)]


def keys(taken: list[Job]) -> list[str]:
    return [job.key for job in taken]


def taken(waiting: list[Job], worker: Worker, *others: Worker) -> list[str]:
    """What the worker is given of that."""
    return keys(Waiting(waiting).take(worker, [worker, *others]))


def test_a_batch_is_of_one_program_and_about_ten_seconds() -> None:
    waiting = [job for pair in zip(jobs("a", 100), jobs("b", 100), strict=True) for job in pair]
    assert taken(waiting, Worker()) == [f"a{number}" for number in range(int(BATCH))]


def test_batches_become_smaller_so_that_all_end_together() -> None:
    waiting, sizes, team = Waiting(jobs("a", 64)), [], [Worker({"a"})] * 4
    while waiting:
        sizes.append(len(waiting.take(team[0], team)))
    assert sizes[0] == 8 and sizes == sorted(sizes, reverse=True) and sizes[-4:] == [1, 1, 1, 1]
    assert sum(sizes) == 64


def test_what_is_long_unknown_or_needed_goes_alone() -> None:
    assert taken(jobs("a", 3, 60.0), Worker()) == ["a0"]
    assert taken(jobs("a", 3, None), Worker()) == ["a0"]
    needed = [Job("needed", {}, "a", 0.1, needed=True), *jobs("a", 5)]
    assert taken(needed, Worker()) == ["needed"]
    assert "needed" not in taken([*jobs("a", 2), *needed], Worker())


def test_with_lanes_there_is_a_job_for_each_however_long_they_are() -> None:
    team = [Worker()]

    def own(count: int, seconds: float | None, lanes: int) -> list[Job]:
        return [replace(job, lanes=lanes) for job in jobs("a", count, seconds)]

    assert keys(Waiting(own(8, 60.0, 4)).take(team[0], team)) == ["a0", "a1", "a2", "a3"]
    assert keys(Waiting(own(3, None, 4)).take(team[0], team)) == ["a0", "a1", "a2"]
    assert keys(Waiting(own(8, 0.125, 2)).take(team[0], team)) == ["a0", "a1", "a2", "a3"]
    others = [*own(2, 0.125, 4), *jobs("b", 1), *own(8, 0.125, 2)[2:]]
    assert keys(Waiting(others).take(team[0], team)) == ["a0", "a1"], (
        "a program of other lanes is another one"
    )
    tried = Waiting(own(4, 0.1, 4)).take(team[0], team, {"a1"})
    assert keys(tried) == ["a0"], "what has killed a worker goes alone"


def test_a_worker_prefers_what_it_holds_then_what_nobody_holds() -> None:
    waiting, other = [*jobs("a", 1), *jobs("b", 1), *jobs("c", 1)], Worker({"a", "c"})
    assert taken(waiting, Worker({"c"}), other) == ["c0"]
    assert taken(waiting, Worker(), other) == ["b0"]


def test_a_program_is_compiled_again_only_where_waiting_costs_more() -> None:
    busy = Worker({"a"}, jobs("a", 9))
    assert taken(jobs("a", 2), Worker(), Worker({"a"}), busy) == []  # the idle one has them done in 1 s
    assert taken(jobs("a", 2), Worker(), busy, Worker()) == ["a0"]
    assert taken(jobs("a", 1), Worker(), Worker({"a"}, jobs("a", 1, None))) == ["a0"]


def test_what_is_put_back_comes_first_and_what_is_removed_not_at_all() -> None:
    waiting = Waiting([*jobs("b", 2), *jobs("a", 3, None)])
    worker = Worker({"a", "b"})
    first, second = (waiting.take(worker, [worker]) for _ in range(2))
    assert keys(first + second) == ["b0", "b1"] and len(waiting) == 3
    (lost,) = waiting.take(worker, [worker])
    waiting.put_back([lost, *second])
    assert len(waiting) == 4 and {job.key for job in waiting} == {"a0", "a1", "a2", "b1"}
    waiting.remove(lost)
    order = [key for _ in range(4) for key in keys(waiting.take(worker, [worker]))]
    assert order == ["b1", "a1", "a2"] and not waiting


def test_a_worker_leaves_what_it_holds_for_a_program_that_would_end_last() -> None:
    worker, other, third = Worker({"b"}), Worker({"a"}), Worker({"b"})
    short, long = jobs("b", 8), jobs("a", 40, 10.0)
    assert taken([*long, *short], worker, other, third) == ["a0"]
    assert taken([*long, *short], worker, other)[0] == "b0", "of two workers each keeps to its own"
    assert taken([*short, *long], worker, other, third)[0] == "b0", "they were not to come before"
    done_in_time = [*jobs("a", 40, 0.1), *short]
    assert taken(done_in_time, worker, other, third)[0] == "b0"
    waiting, team = Waiting([*long, *short]), [Worker({"b"}) for _ in range(19)] + [other]
    given = [keys(waiting.take(each, team))[0][0] for each in team[:-1]]
    assert given[:17] == ["a"] * 16 + ["b"], "an equal share of the workers is enough"


def test_jobs_of_a_program_go_alone_until_one_has_said_how_long_they_take() -> None:
    tempo, worker, (job, *others) = Tempo(), Worker({"a"}), jobs("a", 200)
    waiting = Waiting([job], tempo)
    for each in others:
        waiting.add(each)
    assert keys(waiting.take(worker, [worker])) == ["a0"]
    assert keys(waiting.take(worker, [worker])) == ["a1"]
    tempo.learn(job, 5.0)
    assert len(waiting.take(worker, [worker])) == BATCH / 5
    tempo.learn(job, 4.0)
    assert tempo.of("a") == pytest.approx(4.9)
    for _ in range(99):
        tempo.learn(job, 0.01)
    assert len(waiting.take(worker, [worker])) == BATCH, "a batch is of so much as is expected at most"
    lanes = Waiting([replace(each, affinity="c", lanes=2) for each in others], tempo)
    assert len(lanes.take(worker, [worker])) == BATCH
    tempo.learn(replace(job, seconds=None, affinity="b"), 1.0)
    assert tempo.knows("a") and not tempo.knows("b")


def test_others_compile_a_program_that_takes_longer_than_was_expected() -> None:
    tempo, holder, idle = Tempo(), Worker({"a"}), Worker()
    waiting = Waiting(jobs("a", 8, 0.1), tempo)
    assert waiting.take(idle, [holder, idle]) == []
    tempo.learn(jobs("a", 1, 0.1)[0], 1.0)
    assert keys(waiting.take(idle, [holder, idle])) == ["a0"]


def test_what_compiling_again_has_cost_is_what_waiting_has_to_cost_more_than() -> None:
    tempo, (job, *_) = Tempo(), jobs("a", 1)
    waiting, team = Waiting(jobs("b", 3), tempo), [Worker(), Worker({"b"}, jobs("b", 1))]
    tempo.moved(job, 9.0)
    assert tempo.move_cost == MOVE_COST, "it may be the training that took so long"
    tempo.learn(job, 1.0)
    for _ in range(9):
        tempo.moved(job, 9.0)
    assert tempo.move_cost == pytest.approx(8.0, abs=0.05)
    assert waiting.take(team[0], team) == []  # the other one has them done in 4 s
    tempo.learn(job, 5.0)
    for _ in range(9):
        tempo.moved(job, 9.0)
    assert tempo.move_cost == pytest.approx(4.0, abs=0.05), "what the training itself takes is no part of it"
    assert keys(Waiting(jobs("b", 4), tempo).take(team[0], team)) == ["b0"]
    for seconds in (0.1, None):
        for _ in range(9):
            tempo.moved(replace(job, seconds=seconds), 0.1)
        assert tempo.move_cost == pytest.approx(MOVE_COST, abs=0.01), "no measurement says that it is free"


@pytest.mark.parametrize(
    ("held", "others", "moves"),
    [("", "a", True), ("", "b", False), ("a", "a", False), ("a", "b", False)],
)
def test_a_program_moves_where_others_alone_hold_it(held: str, others: str, moves: bool) -> None:
    worker = Worker({held})
    assert would_move("a", worker, [worker, Worker({others})]) is moves


@pytest.mark.parametrize(
    ("compiled", "moved", "lanes", "pace", "cost"),
    [
        (False, False, 1, 9.0, MOVE_COST),
        (True, True, 1, 1.0, MOVE_COST + (8.0 - MOVE_COST) / 2),
        (True, False, 1, 1.0, MOVE_COST),
        (False, False, 2, 1.0, MOVE_COST),
        (True, True, 2, 1.0, MOVE_COST),
    ],
)
def test_a_lap_tells_the_pace_of_a_program_or_what_it_costs_to_move_it(
    compiled: bool, moved: bool, lanes: int, pace: float, cost: float
) -> None:
    tempo, (job, *_) = Tempo(), jobs("a", 1)
    tempo.learn(job, 1.0)
    tempo.ended(replace(job, lanes=lanes), Lap(9.0, compiled, moved))
    assert (tempo.of("a"), tempo.move_cost) == (pace, cost)


def test_nothing_waits_for_nothing() -> None:
    assert taken([], Worker({"a"})) == []
