"""Runs that are logged while they last: by hand in a folder, and a search in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from search_helpers import Make, prepared, trees
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from honed import cli
from honed.logs.asked import opened, words
from honed.report.progress import Silent
from honed.run.journal import Journal
from honed.search.clock import Clock
from honed.search.logged import logged_in_memory
from honed.search.search import search

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run by hand that was logged to both places, as the command line does it."""
    folder = tmp_path_factory.mktemp("logged")
    trees(80).write_csv(folder / "trees.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # a database takes seconds to make
        line = (
            "train trees.csv --target y --set epochs=4 --out trees --log mlflow:mlruns --log tensorboard:tb"
        )
        assert cli.status(line.split()) == 0
    return folder


def test_a_run_by_hand_has_its_scores_curves_settings_and_report_in_mlflow(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    client = MlflowClient(f"{place}/mlruns")
    experiment = client.get_experiment_by_name("honed")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    facts = json.loads((place / "trees" / "summary.json").read_text())
    assert run.info.status == "FINISHED" and run.info.run_name == "trees"
    assert run.data.metrics["score/network"] == pytest.approx(facts["scores"]["network"]["value"])
    assert run.data.params["target"] == "y" and run.data.params["epochs"] == "4"
    assert run.data.tags["chosen.epochs"] == "4"
    assert len(client.get_metric_history(run.info.run_id, "valid_loss")) == 4
    report = Path(client.download_artifacts(run.info.run_id, "report.html", str(place)))
    assert report.read_text().startswith("<!doctype html>") and "<svg" in report.read_text()


def test_a_run_by_hand_is_in_tensorboard_too(place: Path) -> None:
    found = EventAccumulator(str(place / "tb" / "trees"))
    found.Reload()
    assert {"train_loss", "valid_loss", "rate", "score/network", "settings", "result"} <= set(
        found.Tags()["tensors"]
    )
    assert (place / "tb" / "trees" / "report.html").exists()


def test_a_finished_run_that_is_resumed_is_not_logged_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    before = (place / "trees" / "logged.json").read_text()
    files = sorted((place / "tb").rglob("events*"))
    assert cli.status(["resume", str(place / "trees")]) == 0
    assert (place / "trees" / "logged.json").read_text() == before
    assert sorted((place / "tb").rglob("events*")) == files


def test_a_search_in_memory_is_logged_with_its_candidates(runners: Make, tmp_path: Path) -> None:
    ready = prepared(trees(80), trials=2)
    places = opened(words(f"tensorboard:{tmp_path}"))
    journal = Journal.create(None, {})
    with logged_in_memory(places, ready, journal, "trees") as facts:
        tuned = search(runners(ready, journal), Clock(0.0, None), Silent())
        facts.append(tuned.summary)
    best = tuned.trials[0]
    (child,) = (tmp_path / "trees").glob(f"{best['number']:04d} *")
    found: Any = EventAccumulator(str(child))
    found.Reload()
    told = found.Tensors("root_mean_squared_error")[-1].tensor_proto.float_val[0]
    assert told == pytest.approx(best["loss"], rel=1e-5)
    page = (Path(__file__).parents[2] / "docs" / "logging.md").read_text()
    for name in (*found.Tags()["tensors"], *(path.name for path in (tmp_path / "trees").glob("*.*t*"))):
        assert (
            name.startswith(("_hparams_", "events.", "root_mean")) or f"`{name.partition('/')[0]}`" in page
        ), name
    assert (tmp_path / "trees" / "summary.json").exists() and (tmp_path / "trees" / "show.txt").exists()
