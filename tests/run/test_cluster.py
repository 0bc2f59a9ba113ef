"""The executor on a Ray cluster: what sets it apart from the others; what all promise is in `test_executor.py`."""

from __future__ import annotations

import errno
import itertools
import math
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from socket import gethostname
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ray_cluster import kill, nodes

from honed.errors import RunError
from honed.run import batches, cluster
from honed.run.batches import Waiting
from honed.run.cluster import Cluster, Standing
from honed.run.executor import Batch, Job

TASKS = "run_tasks:Tasks"


@pytest.fixture(scope="module")
def two() -> Iterator[Any]:
    """A cluster of two nodes beside its head: a processor for each worker of `executor`, and one more."""
    with nodes(1, 2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def executor(two: Any) -> Iterator[Cluster]:
    with Cluster(TASKS, two.address, 2, versions={"numpy": np.__version__}) as executor:
        executor.put("numbers", np.arange(5.0))
        yield executor


def add(key: str, name: str = "numbers", **more: Any) -> Job:
    return Job(key, {"task": "sum", "name": name}, **more)


def test_the_environment_is_that_of_a_worker(executor: Cluster) -> None:
    assert executor.workers == 2
    names = ["JAX_PLATFORMS", "OMP_NUM_THREADS", "JAX_COMPILATION_CACHE_DIR"]
    value = executor.run([Job("a", {"task": "environment", "names": names})])["a"].value
    assert value["JAX_PLATFORMS"] == "cpu" and value["OMP_NUM_THREADS"] == "1"
    assert value["JAX_COMPILATION_CACHE_DIR"]


def test_a_worker_that_is_killed_costs_its_job_one_try(executor: Cluster, tmp_path: Path) -> None:
    die = {"task": "die", "file": str(tmp_path / "once"), "times": 1}
    outcomes = executor.run([Job("dies once", die), *(add(str(n), seconds=0.01) for n in range(9))])
    assert all(outcome.ok for outcome in outcomes.values())
    outcomes = executor.run(
        [Job("dies", die | {"file": str(tmp_path / "twice"), "times": 9}), add("a", affinity="x")]
    )
    assert outcomes["dies"].record["error"] == "killed" and outcomes["a"].ok
    assert (tmp_path / "twice").read_text() == "xx"


def test_what_kills_a_worker_in_a_lane_kills_no_training_beside_it(executor: Cluster, tmp_path: Path) -> None:
    deadly = Job("deadly", {"task": "die", "file": str(tmp_path / "deaths"), "times": 2}, "own", 0.1, lanes=2)
    beside = [add(key, affinity="own", seconds=0.1, lanes=2) for key in "abc"]
    outcomes = executor.run([beside[0], deadly, *beside[1:]])
    assert {key for key, outcome in outcomes.items() if not outcome.ok} == {"deadly"}
    assert outcomes["deadly"].record["error"] == "killed"
    assert (tmp_path / "deaths").read_text() == "xx"


def test_of_lanes_that_are_lost_those_at_work_are_tried_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster: Any = Cluster.__new__(Cluster)
    monkeypatch.setattr(cluster, "_look", lambda: None)
    cluster._waiting, cluster._nodes = Waiting(), {"here": 1}
    cluster._ray = SimpleNamespace(
        kill=lambda actor: None, exceptions=SimpleNamespace(ActorUnavailableError=ConnectionError)
    )
    jobs = {key: add(key, affinity="own", seconds=0.1, lanes=2) for key in "abcde"}
    batch = Batch(jobs.values(), None, None)

    def lost(keys: str, node: str = "here", error: type[Exception] = RuntimeError) -> None:
        member = SimpleNamespace(jobs=[jobs[key] for key in keys], node=node, actor=None)
        cluster._team = [member]
        cluster._lose(member, batch, error("it is gone"))
        assert not cluster._team and not member.jobs

    def given() -> str:
        idle, taken = SimpleNamespace(held={"own"}, jobs=[]), []
        while jobs := cluster._waiting.take(idle, [idle], batch.tried):
            taken.append("".join(job.key for job in jobs))
        return " ".join(taken)

    lost("abcde", node="gone")
    assert given() == "ab cd e" and not batch.tried
    lost("abcde", error=ConnectionError)  # as Ray says where a worker cannot be reached
    assert given() == "ab cd e" and not batch.tried
    lost("abcde")  # while it was at two of them
    assert given() == "a b cd e" and batch.tried == {"a", "b"}
    lost("a")
    assert batch._done["a"].record["error"] == "killed" and "twice" in batch._done["a"].record["detail"]
    lost("cde")
    assert given() == "c d e" and batch._done.keys() == {"a"}


def test_of_workers_that_meet_the_second_compiles_what_the_first_holds(
    executor: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laps: list[tuple[bool, bool]] = []
    monkeypatch.setattr(
        batches.Tempo, "ended", lambda tempo, job, lap: laps.append((lap.compiled, lap.moved))
    )
    os.mkfifo(pipe := tmp_path / "pipe")
    meet = [
        Job(key, {"task": "meet", "pipe": str(pipe), "flags": flags}, "of both")
        for key, flags in (("writes", os.O_WRONLY), ("reads", os.O_RDONLY))
    ]
    for _ in range(2):
        assert all(outcome.ok for outcome in executor.run(meet).values())
    assert sorted(laps[:2]) == [(True, False), (True, True)]
    assert laps[2:] == [(False, False)] * 2


def test_jobs_are_drawn_while_the_first_are_done(executor: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """And handed out: else there would be no end to them."""
    monkeypatch.setattr(cluster, "_TURN", 0.0)
    done: list[str] = []

    def jobs() -> Iterator[Job]:
        for number in itertools.count():
            yield add(str(number), affinity="drawn", seconds=0.01)
            if len(done) > 3:
                return

    outcomes = executor.run(jobs(), on_result=lambda key, _: done.append(key))
    assert len(outcomes) == len(done) and all(outcome.ok for outcome in outcomes.values())


def test_more_arrays_than_the_store_holds_lie_on_the_disk(executor: Cluster) -> None:
    for number in range(3):
        executor.put(f"large {number}", np.full(5_000_000, float(number)))  # 40 MB of a store of 80
    outcomes = executor.run([add(str(number), f"large {number}", affinity="same") for number in range(3)])
    assert [outcome.value["sum"] for outcome in outcomes.values()] == [0.0, 5e6, 1e7]


def test_a_store_without_room_says_how_to_get_some() -> None:
    class Full(Exception):
        """Of Ray, where its disk is full too."""

    def put(array: np.ndarray) -> None:
        raise Full("Local disk is full")

    cluster: Any = Cluster.__new__(Cluster)
    cluster._ray, cluster._entries = SimpleNamespace(put=put, exceptions=SimpleNamespace(RayError=Full)), {}
    with pytest.raises(RunError, match=r"no room for 40 bytes .*disk is full.*--object-store-memory"):
        cluster.put("rows", np.zeros(5))
    assert not cluster._entries


def test_a_full_disk_is_said_with_its_folder(
    two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with Cluster(TASKS, two.address, 1, folder=tmp_path) as cluster:
        with pytest.raises(RunError, match=rf"48 bytes of working data in {tmp_path}: the disk is full"):
            cluster.reserve("rows", (4, 3), np.dtype("float32"))
        with (  # one more on the same connection, which needs no folder that others see
            Cluster(TASKS, "local", 1) as local,
            pytest.raises(
                RunError, match=r"48 bytes of working data in .* \(the variable TMPDIR .*\): the disk"
            ),
        ):
            local.reserve("rows", (4, 3), np.dtype("float32"))


def test_what_does_not_fit_into_memory_lies_in_a_shared_folder(two: Any, tmp_path: Path) -> None:
    with Cluster(TASKS, two.address, 1) as alone, pytest.raises(RunError, match="folder that all nodes see"):
        alone.reserve("rows", (4, 3), np.dtype("float32"))
    tmp_path.chmod(0o755)  # workers of other users may read there
    with Cluster(TASKS, two.address, 1, folder=tmp_path) as cluster:
        cluster.reserve("rows", (4, 3), np.dtype("float32"))
        cluster.reserve("lost", (4, 3), np.dtype("float32"))
        for first in (2, 0):
            cluster.fill("rows", first, np.full((2, 3), first + 1.0))
        cluster.alias("again", "rows")
        with pytest.raises(ValueError, match="do not fit"):
            cluster.fill("rows", 3, np.zeros((2, 3)))
        assert cluster.run([add("a", "again")])["a"].value["sum"] == 24.0
        (file,) = tmp_path.glob(".rows-*/1.rows")
        assert file.parent.stat().st_mode == tmp_path.stat().st_mode
        file.unlink()
        cluster._dismiss(cluster._team)  # a new worker looks for it
        with pytest.raises(
            RunError, match=rf"Node {gethostname()} cannot read .*1\.rows \(No such file.*--out"
        ):
            cluster.run([add("b", "lost")])
    assert not list(tmp_path.iterdir())


def test_a_node_that_is_gone_costs_none_of_those_that_start_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster: Any = Cluster.__new__(Cluster)
    cluster._looked, cluster._asked, cluster._nodes = -math.inf, None, {"here": 2}
    idle, starting = (
        [SimpleNamespace(is_ready=ready, jobs=[], node="gone" if ready else "", actor=None) for _ in range(2)]
        for ready in (True, False)
    )
    cluster._team, cluster._ray = [*idle, *starting], SimpleNamespace(kill=lambda actor: None)
    monkeypatch.setattr(cluster, "_look", lambda: None)
    cluster._recruit()
    assert [id(member) for member in cluster._team] == [id(member) for member in starting]


def test_nodes_of_another_processor_are_told_once() -> None:
    said: list[str] = []
    cluster: Any = Cluster.__new__(Cluster)
    cluster._versions, cluster._machines, cluster._say, cluster._false_starts = {}, {}, said.append, 2
    cluster._ray = SimpleNamespace(get=lambda told: told, exceptions=SimpleNamespace(RayError=OSError))
    for number, machine in enumerate(("amd64", "amd64", "arm64", "amd64", "arm64")):
        hello = {"host": f"host {number}", "machine": machine, "node": str(number), "versions": {}}
        member = SimpleNamespace(greeting=hello, is_ready=False)
        cluster._welcome(member)
        assert member.is_ready and member.node == str(number)
    assert len(said) == 1 and "not all alike (host 2: arm64)" in said[0]


def test_a_node_with_another_version_is_named(two: Any) -> None:
    with (
        Cluster(TASKS, two.address, 1, versions={"numpy": "0.0.1"}) as cluster,
        pytest.raises(RunError, match=rf"has numpy {np.__version__}, and here is numpy 0.0.1.*numpy==0.0.1"),
    ):
        cluster.run([add("a")])


@pytest.mark.usefixtures("executor")  # whose workers leave one processor
def test_a_node_with_a_honed_from_before_there_were_clusters_is_named(two: Any, tmp_path: Path) -> None:
    other = tmp_path / "packages/honed"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("")
    path = os.pathsep.join([str(other.parent), *sys.path])
    node = two.add_node(num_cpus=1, object_store_memory=80_000_000, env_vars={"PYTHONPATH": path})
    hang = Job("hang", {"task": "hang once", "file": str(tmp_path / "began")})
    try:
        with (
            Cluster(TASKS, two.address, 2, versions={"honed": version("honed")}) as cluster,
            pytest.raises(RunError, match=rf"has no honed, or another version .*honed=={version('honed')}"),
        ):
            cluster.run([hang])
    finally:
        two.remove_node(node)


def test_a_worker_whose_code_cannot_be_imported_says_why(two: Any) -> None:
    with Cluster("no_such_module:Tasks", two.address, 1) as cluster:
        detail = cluster.run([add("a")])["a"].record["detail"]
    assert "No module named 'no_such_module'" in detail


def test_workers_that_die_at_birth_end_the_run(
    two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stillborn.py").write_text("import os\nos._exit(3)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with Cluster("stillborn:Tasks", two.address, 1) as cluster, pytest.raises(RunError, match="3 in a row"):
        cluster.run([add("a")])


@pytest.mark.usefixtures("executor")  # whose workers leave one processor
def test_a_node_that_dies_with_workers_that_start_ends_no_run(
    two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three at once, before any has started."""
    os.mkfifo(go := tmp_path / "go")
    (tmp_path / "newborn.py").write_text(
        "import os\n"
        "from run_tasks import Tasks\n"
        f"open(f'{tmp_path}/{{os.getpid()}}.began', 'w').close()\n"
        f"if os.path.exists({str(go)!r}):\n    open({str(go)!r}).close()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    node = two.add_node(num_cpus=3, object_store_memory=80_000_000)
    first: list[Any] = []
    said: list[str] = []

    def tell(_: Standing) -> None:
        if not first and len(list(tmp_path.glob("*.began"))) == 4:
            first.extend(cluster._team)
            kill(node)
        elif first and go.exists() and sum(member in cluster._team for member in first) == 1:
            go.open("w").close()  # the other three are lost
            go.unlink()

    with Cluster("newborn:Tasks", two.address, 4, say=said.append, tell=tell) as cluster:
        cluster.put("numbers", np.arange(5.0))
        assert cluster.run([add("a")])["a"].ok
    assert any("is gone" in text for text in said) and not any("do not start" in text for text in said)


@pytest.mark.usefixtures("executor")  # whose workers leave one processor
def test_a_node_on_which_workers_do_not_start_is_told_and_the_others_go_on(
    two: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ill.py").write_text(
        "import os\nfrom run_tasks import Tasks\n'HONED_ILL' in os.environ and os._exit(3)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    os.mkfifo(pipe := tmp_path / "pipe")
    nodes: list[Any] = []
    said: list[str] = []

    def ended(key: str, _: object) -> None:
        if key == "first":
            nodes.append(
                two.add_node(num_cpus=1, object_store_memory=80_000_000, env_vars={"HONED_ILL": "1"})
            )

    def tell(_: Standing) -> None:
        if any("do not start" in text for text in said) and cluster._false_starts > 3 and pipe.exists():
            os.close(os.open(pipe, os.O_WRONLY))
            pipe.unlink()

    waits = Job("waits", {"task": "meet", "pipe": str(pipe), "flags": os.O_RDONLY}, "b")
    try:
        with Cluster("ill:Tasks", two.address, 2, say=said.append, tell=tell) as cluster:
            cluster.put("numbers", np.arange(5.0))
            outcomes = cluster.run([add("first", affinity="a"), waits], on_result=ended)
    finally:
        for node in nodes:
            two.remove_node(node)
    assert all(outcome.ok for outcome in outcomes.values())
    (told,) = (text for text in said if "do not start" in text)
    assert "are tried again: 3 in a row" in told


@pytest.mark.usefixtures("executor")  # whose workers leave one processor
def test_a_node_joins_late_and_another_one_is_killed(two: Any, tmp_path: Path) -> None:
    """The last one, for that node has been one of all tests."""
    said: list[str] = []
    seen: list[Standing] = []
    began = tmp_path / "began"
    joined: list[Any] = []

    def tell(standing: Standing) -> None:
        seen.append(standing)
        if began.exists() and not joined:
            joined.append(two.add_node(num_cpus=1, object_store_memory=80_000_000))

    with Cluster(TASKS, two.address, 2, say=said.append, tell=tell) as executor:

        def cut(key: str, _: object) -> None:
            if key == "other":
                (number,) = (member.node for member in executor._team if member.jobs)
                kill(next(node for node in two.worker_nodes if node.node_id == number))

        executor.put("numbers", np.arange(5.0))
        hang = Job("hang", {"task": "hang once", "file": str(began)}, "a")
        outcomes = executor.run([hang, add("other", affinity="b")], on_result=cut)
    assert outcomes["hang"].ok and outcomes["other"].ok
    assert max(standing.nodes for standing in seen) == 4
    assert any("joined" in text for text in said) and any("is gone" in text for text in said)


@pytest.mark.usefixtures("executor")
def test_a_process_is_connected_to_one_cluster(two: Any) -> None:
    with pytest.raises(RunError, match=f"connected to the Ray cluster at {two.address}"):
        Cluster(TASKS, "127.0.0.1:1")
