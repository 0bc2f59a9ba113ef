"""A run on a Ray cluster is that of this machine's processes, whatever happens to nodes, workers and the driver."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from followed_runs import events, killed_after, model_bytes, start
from ray_cluster import kill, nodes, own_folder

from honed import TunedRegressor
from honed.errors import InputError, RunError
from honed.families.table import streamed
from honed.report import live
from honed.report.progress import Careful, Ended, Silent
from honed.run.cluster import Standing
from honed.run.folder import RunFolder
from honed.run.journal import Journal, read
from honed.run.pool import Pool
from honed.search import dry_run, executors, tune
from honed.search.clock import Clock
from honed.search.options import Options


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 2))
    path = tmp_path / "t.csv"
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x[:, 0] - x[:, 1] ** 2}).write_csv(path)
    return path


def options(table: Path, **more: Any) -> Options:
    return Options(str(table), "y", trials=2, **more)


def test_without_a_cluster_it_is_processes_and_nothing_is_journalled(table: Path) -> None:
    journal = Journal.create(None, {})
    with executors.executor(options(table, workers=1), journal, Silent()) as executor:
        assert isinstance(executor, Pool) and executor.workers == 1
    assert [event["kind"] for event in journal.events] == ["start"]


def test_a_cluster_that_cannot_be_reached_leaves_no_folder(table: Path, tmp_path: Path) -> None:
    with pytest.raises((InputError, RunError), match=r"honed\[ray\]|Nothing answers at 127.0.0.1:1 "):
        tune.fit(options(table, cluster="127.0.0.1:1"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_those_who_watch_are_told_how_a_cluster_stands_and_for_how_long(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells: list[Any] = []

    class Told:
        """A cluster that hands over whom it is to tell."""

        workers = 3

        def __init__(self, *_: object, tell: Any, **__: object) -> None:
            tells.append(tell)

    monkeypatch.setattr(executors, "Cluster", Told)
    stands, asked = Standing(3, 12, 11, 40), options(table, cluster="auto")
    with RunFolder.create(tmp_path / "run", {}) as folder:

        def told(clock: Clock, *generations: Ended) -> str:
            progress = Careful(Silent())
            executors.executor(asked, Journal.create(None, {}), progress, clock, folder)
            for ended in generations:
                progress.generation(ended)
            tells[-1](stands)
            return folder.read_json(live.CLUSTER, dict[str, str])["stands"].removeprefix(stands.words())

        ended = Ended(1, 0.5, "log_loss", 24, 40, 3_700.0, guessed=True)
        assert told(Clock(0.0, None)) == ""
        assert told(Clock(0.0, None), ended).startswith(", about 1 h")
        assert told(Clock(time.monotonic(), 7_300.0), ended).startswith(", 2 h")


def test_the_model_is_the_same_whatever_happens_on_the_cluster(table: Path, tmp_path: Path) -> None:
    """The driver is killed, and the run goes on with another number of nodes, of which one dies."""
    here, there = tmp_path / "here", tmp_path / "there"
    with nodes(1, 1) as cluster:
        words = ["fit", table, "--target", "y", "--trials", 2, "--cluster", cluster.address, "--out", there]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        driver = start([sys.executable, "-m", "honed", *map(str, words)], environment)
        killed_after(driver, there, lambda event: event["kind"] == "result" and _results(there) >= 3)
        cluster.add_node(num_cpus=1, object_store_memory=80_000_000)
        tune.resume(there, progress=_Killing(there, cluster))
    journalled = read(there / "journal.jsonl")
    assert [event["value"] for event in journalled if event.get("name") == "workers"] == [2]
    tune.fit(options(table, workers=1), here)
    assert model_bytes(there) == model_bytes(here)
    assert not (there / live.CLUSTER).exists()


def test_rows_that_do_not_fit_into_memory_are_read_where_the_plan_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    small = streamed.Sizes(1, 1, sample=1_000, bucket=500, batch_cells=1)
    monkeypatch.setattr(streamed, "Sizes", lambda: small)
    x, out = np.random.default_rng(0).normal(size=(2_000, 2)), tmp_path / "run"
    table = tmp_path / "t.parquet"
    pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": x[:, 0] - x[:, 1] ** 2}).write_parquet(table)
    asked = replace(options(table), trials=1, single=True)
    for here in (None, "local"):
        plan = dry_run.fit(replace(asked, cluster=here), out)["plan"]
        assert not any("fit into memory" in said for said in plan)
    *_, said = dry_run.fit(replace(asked, cluster="auto"), out)["plan"]
    assert "do not fit into memory" in said and f"from {out}, which all nodes must have" in said
    assert "(--out)" in dry_run.fit(replace(asked, cluster="auto"))["plan"][-1]
    with nodes(1) as cluster:
        facts = tune.fit(replace(asked, cluster=cluster.address), out)
    assert said in facts.get("notes", [])
    assert [event["said"] for event in read(out / "journal.jsonl") if event["kind"] == "reading"] == [[said]]
    assert not list(out.glob(".rows-*"))


def test_a_tuned_estimator_is_the_same_on_a_cluster() -> None:
    pytest.importorskip("ray")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = X[:, 0] - X[:, 1] ** 2
    settings: dict[str, Any] = {"trials": 2, "n_jobs": 2, "nested": 0, "random_state": 0}
    here = TunedRegressor(**settings).fit(X, y)
    with own_folder():
        there = TunedRegressor(**settings, cluster="local").fit(X, y)
    np.testing.assert_array_equal(there.predict(X), here.predict(X))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_on_a_cluster_with_its_model_and_nothing_is_left(
    table: Path, tmp_path: Path, number: int
) -> None:
    pytest.importorskip("ray")
    out = tmp_path / "run"
    words = [
        "fit",
        table,
        "--target",
        "y",
        "--trials",
        500,
        "--workers",
        2,
        "--cluster",
        "local",
        "--out",
        out,
    ]
    with own_folder():
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HONED_TEST": str(tmp_path)}
        driver = start([sys.executable, "-m", "honed", *map(str, words)], environment)
        for _ in events(driver, out):
            if (out / "model/model.json").exists():
                assert len(_of_environment(f"HONED_TEST={tmp_path}")) > 2  # its workers too
                os.killpg(driver.pid, number)  # as a terminal does
                break
        _, said = driver.communicate()
    assert driver.returncode == 0, said
    assert read(out / "journal.jsonl")[-1]["kind"] == "stopped"
    assert not (out / live.CLUSTER).exists()
    assert _of_environment(f"HONED_TEST={tmp_path}") == []


def _of_environment(mark: str) -> list[str]:
    """Commands of the processes that have this in their environment: one run's, and all that it has started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


class _Killing(Silent):
    """Kills a node once the run that is gone on with has more results."""

    def __init__(self, run: Path, cluster: Any) -> None:
        self._run, self._cluster, self._before = run, cluster, _results(run)
        self._victim = next(iter(cluster.worker_nodes))

    def standing(self, cluster: object) -> None:
        if self._victim is not None and _results(self._run) > self._before:
            kill(self._victim)
            self._victim = None


def _results(run: Path) -> int:
    return sum(event["kind"] == "result" for event in read(run / "journal.jsonl"))
