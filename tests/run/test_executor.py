"""What every executor promises, with one body of tests for all of them."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from ray_cluster import own_folder

from honed.errors import RunError
from honed.run.cluster import Cluster
from honed.run.executor import Executor, Job
from honed.run.in_process import InProcess
from honed.run.pool import Pool
from honed.run.worker import STILL_RUNNING

TASKS = "run_tasks:Tasks"
EXECUTORS: dict[str, Callable[[], Executor]] = {
    "processes": lambda: Pool(2, TASKS),
    "in process": lambda: InProcess(TASKS),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One for all tests, of which only the last one closes it: its workers take seconds to start."""
    pytest.importorskip("ray")
    with own_folder(), Cluster(TASKS, "local", 2) as cluster:
        cluster.put("numbers", np.arange(5.0))
        yield cluster


@pytest.fixture(params=[*EXECUTORS, "cluster"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "cluster":
        yield request.getfixturevalue("cluster")
        return
    with EXECUTORS[request.param]() as executor:
        executor.put("numbers", np.arange(5.0))
        yield executor


def add(key: str, name: str = "numbers", **more: Any) -> Job:
    """A job that sums an array."""
    return Job(key, {"task": "sum", "name": name}, **more)


def test_outcomes_come_in_the_order_of_the_jobs_and_are_told_as_they_end(executor: Executor) -> None:
    told: list[str] = []
    outcomes = executor.run(map(add, "dcba"), on_result=lambda key, outcome: told.append(key))
    assert list(outcomes) == list("dcba")
    assert sorted(told) == list("abcd")
    for outcome in outcomes.values():
        assert outcome.ok and outcome.value["sum"] == 10.0
        np.testing.assert_array_equal(outcome.arrays["twice"], np.arange(5.0) * 2)


def test_what_is_put_later_is_there_for_later_jobs(executor: Executor) -> None:
    assert not executor.run([add("a", "later")])["a"].ok
    executor.put("later", np.arange(3))
    assert executor.run([add("b", "later")])["b"].value["sum"] == 3


def test_a_name_is_given_once(executor: Executor) -> None:
    with pytest.raises(ValueError, match="has 'numbers' already"):
        executor.put("numbers", np.zeros(2))


def test_an_exception_is_the_outcome_of_its_job_alone(executor: Executor) -> None:
    jobs = [add("a"), Job("b", {"task": "fail", "what": "it"}), Job("c", {"task": "strange"}), add("d")]
    outcomes = executor.run(jobs)
    assert [outcome.ok for outcome in outcomes.values()] == [True, False, False, True]
    assert outcomes["b"].record["error"] == "exception"
    assert "ArithmeticError: cannot do it" in outcomes["b"].record["detail"]


def test_jobs_that_do_not_fit_before_the_deadline_are_late(executor: Executor) -> None:
    outcomes = executor.run([add("a"), add("b")], until=time.monotonic() - 1)
    assert [outcome.record["error"] for outcome in outcomes.values()] == ["late", "late"]
    outcomes = executor.run([add("long", seconds=1000.0), add("short")], until=time.monotonic() + 100)
    assert outcomes["long"].record["error"] == "late"
    assert outcomes["short"].ok


def test_a_job_still_running_at_the_deadline_is_late_and_the_executor_goes_on(executor: Executor) -> None:
    executor.run([add("warm")])
    outcomes = executor.run([Job("slow", {"task": "go on"}), add("next")], until=time.monotonic() + 0.2)
    assert outcomes["slow"].record == {"ok": False, "error": "late", "detail": STILL_RUNNING}
    assert executor.run([add("later")])["later"].ok


def test_what_is_needed_is_done_whatever_the_clock_says(executor: Executor) -> None:
    jobs = [add("a", needed=True, seconds=1000.0), add("b")]
    outcomes = executor.run(jobs, until=time.monotonic() - 1)
    assert outcomes["a"].ok and outcomes["b"].record["error"] == "late"


def test_a_job_is_told_its_end_by_the_clock_of_where_it_is_done(executor: Executor) -> None:
    outcomes = executor.run([Job("a", {"task": "left"}, end=time.monotonic() + 1000)])
    assert 0 < outcomes["a"].value["left"] <= 1000


def test_with_lanes_jobs_of_one_affinity_are_given_together(executor: Executor) -> None:
    jobs = [
        *(add(key, affinity="own", seconds=0.1, lanes=4) for key in "abc"),
        add("missing", "missing", affinity="own", seconds=0.1, lanes=4),
        add("alone", affinity="own", seconds=0.1),
        add("other", affinity="other", seconds=0.1, lanes=4),
    ]
    told: list[str] = []
    outcomes = executor.run(jobs, on_result=lambda key, outcome: told.append(key))
    assert [key for key, outcome in outcomes.items() if not outcome.ok] == ["missing"]
    together = {key: outcome.value.get("together") for key, outcome in outcomes.items() if outcome.ok}
    assert together == {"a": 4, "b": 4, "c": 4, "alone": None, "other": 1}
    assert [key for key in told if key in "abc"] == ["c", "b", "a"], "told as they end"


def test_an_error_of_the_listener_ends_the_batch_and_no_more(executor: Executor) -> None:
    def stop(key: str, outcome: object) -> None:
        raise RunError("the disk is full")

    with pytest.raises(RunError, match="disk is full"):
        executor.run([add("a"), add("b")], on_result=stop)
    assert executor.run([add("next")])["next"].ok


def test_keys_of_a_batch_differ(executor: Executor) -> None:
    with pytest.raises(ValueError, match="same key"):
        executor.run([add("a"), add("a")])


def test_jobs_may_be_drawn_one_by_one(executor: Executor) -> None:
    def jobs() -> Iterator[Job]:
        executor.put("drawn", np.arange(4.0))
        yield add("a", "drawn")
        yield add("b")

    outcomes = executor.run(jobs())
    assert [(key, outcome.value["sum"]) for key, outcome in outcomes.items()] == [("a", 6.0), ("b", 10.0)]
    with pytest.raises(ValueError, match="same key"):
        executor.run(iter([add("a"), add("a")]))

    def broken() -> Iterator[Job]:
        yield add("a")
        raise ArithmeticError("no more of them")

    with pytest.raises(ArithmeticError, match="no more"):
        executor.run(broken())
    assert executor.run([add("a")])["a"].ok


def test_no_jobs_give_no_outcomes(executor: Executor) -> None:
    assert executor.run([]) == {}


def test_it_may_be_closed_twice(executor: Executor) -> None:
    executor.run([add("a")])
    executor.close()
