"""What MLflow holds of a run, read with MLflow's own client from its own store."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run as Told

from honed.family import find_family
from honed.logs.asked import opened, words
from honed.logs.destination import Ended, Run
from honed.logs.follower import followed
from honed.run.folder import RunFolder
from honed.run.journal import Journal

END = Ended("done", 9.0, {"score/ensemble": 0.5}, {"verdict": "good"}, {"report.html": b"<p>\xc3\xa9</p>"})


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An SQLite store of MLflow, which takes a while to make."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture
def experiment(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """An experiment of the test's own; it is no place in the working folder that artefacts go to."""
    monkeypatch.chdir(tmp_path_factory.mktemp("working"))
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", request.node.name)
    return request.node.name


def runs(store: str, experiment: str) -> tuple[Told, dict[str, Told]]:
    """The run of an experiment, and its children by name."""
    client = MlflowClient(store)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    every = client.search_runs([found.experiment_id])
    (parent,) = [each for each in every if "mlflow.parentRunId" not in each.data.tags]
    children = [each for each in every if each.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(children) + 1 == len(every)
    return parent, {str(each.info.run_name): each for each in children}


def follow(
    store: str, run: Run, fill: Any, folder: RunFolder | None = None, journal: Any = None
) -> list[str]:
    said = list[str]()
    journal = journal or Journal.create(None, {})
    places = opened(words(f"mlflow:{store}"))
    with followed(places, run, find_family(None), journal, folder, lambda _: END, said.append):
        fill(journal)
    return said


def test_a_search_is_a_run_with_a_child_for_each_candidate(
    store: str, experiment: str, run: Run, first_half: Any, second_half: Any
) -> None:
    def fill(journal: Journal) -> None:
        first_half(journal)
        second_half(journal)

    assert not follow(store, run, fill)
    parent, children = runs(store, experiment)
    assert (parent.info.run_name, parent.info.status) == ("price", "FINISHED")
    assert parent.data.params == {"data": "houses.csv", "trials": "3"}
    assert parent.data.metrics == {"best_so_far": 0.5, "score/ensemble": 0.5}
    assert parent.data.tags["verdict"] == "good"
    assert set(children) == {"a default", "trial 1", "trial 2"}
    default = children["a default"]
    assert default.data.params["hidden_sizes"] == "[8, 4]" and default.data.params["learning_rate"] == "0.01"
    assert default.data.metrics["accuracy"] == 0.5
    history = MlflowClient(store).get_metric_history(default.info.run_id, "train_loss/fold_1")
    assert [(point.step, point.value) for point in history] == [(1, 0.9), (2, 0.8), (3, pytest.approx(0.7))]
    failed = children["trial 2"]
    assert (failed.info.status, failed.data.tags["failed"]) == ("FAILED", "it was too large")
    client = MlflowClient(store)
    assert [each.path for each in client.list_artifacts(parent.info.run_id)] == ["report.html"]


def test_a_resumed_run_goes_on_in_the_same_run_and_says_nothing_twice(
    store: str, experiment: str, run: Run, first_half: Any, second_half: Any, tmp_path: Path
) -> None:
    journal = Journal.create(None, {})
    with RunFolder.create(tmp_path / "run", {}) as folder:
        follow(store, run, first_half, folder, journal)
        before, _ = runs(store, experiment)
        follow(store, run, second_half, folder, journal)
    after, children = runs(store, experiment)
    assert after.info.run_id == before.info.run_id
    assert set(children) == {"a default", "trial 1", "trial 2"}
    client = MlflowClient(store)
    for name, points in {"train_loss/fold_0": 3, "accuracy": 2}.items():
        assert len(client.get_metric_history(children["a default"].info.run_id, name)) == points


def test_what_is_told_twice_is_there_once(
    store: str, experiment: str, run: Run, first_half: Any, tmp_path: Path
) -> None:
    """As where a process was killed between writing and noting that it had written."""
    journal = Journal.create(None, {})
    with RunFolder.create(tmp_path / "run", {}) as folder:
        follow(store, run, first_half, folder, journal)
        known = folder.read_json("logged.json", dict[str, Any])
        for stand in known.values():
            stand["next"] = 1
        folder.write_json("logged.json", known)
        follow(store, run, lambda _: None, folder, journal)
    _, children = runs(store, experiment)
    default = children["a default"].info.run_id
    assert len(MlflowClient(store).get_metric_history(default, "train_loss/fold_0")) == 3


def test_the_only_network_of_a_run_is_the_run_itself(
    store: str, experiment: str, run: Run, first_half: Any
) -> None:
    def fill(journal: Journal) -> None:
        searched = Journal.create(None, {})
        first_half(searched)
        outcome = searched.result("full/0/0/0")
        assert outcome is not None
        journal.record("by hand/0/0/0", outcome)

    follow(store, run, fill)
    parent, children = runs(store, experiment)
    assert not children
    assert parent.data.metrics["accuracy"] == 0.75 and "train_loss" in parent.data.metrics
    assert parent.data.params["hidden_sizes"] == "[8, 4]" and parent.data.params["data"] == "houses.csv"


def test_a_server_that_is_away_is_one_warning(
    run: Run, first_half: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    with socket.socket() as closed:  # a port at which nobody listens
        closed.bind(("127.0.0.1", 0))
        (warning,) = follow(f"http://127.0.0.1:{closed.getsockname()[1]}", run, first_half)
    assert "goes on without" in warning and "honed resume" in warning
    assert not [record for record in caplog.records if record.name.startswith("urllib3")]


def test_settings_that_could_not_be_written_are_written_when_it_goes_on(
    store: str, experiment: str, run: Run, first_half: Any, tmp_path: Path
) -> None:
    journal = Journal.create(None, {})
    with RunFolder.create(tmp_path / "run", {}) as folder:
        made = MlflowClient(store).create_run(MlflowClient(store).create_experiment(experiment))
        state = {"run": made.info.run_id, "children": {}, "has_settings": False}
        stand = {"next": 0, "ended": False, "state": state}
        folder.write_json("logged.json", {f"mlflow:{store}": stand})
        follow(store, run, first_half, folder, journal)
    parent, _ = runs(store, experiment)
    assert parent.info.run_id == made.info.run_id
    assert parent.data.params == {"data": "houses.csv", "trials": "3"}
