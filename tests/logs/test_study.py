"""A search as Optuna reads it again."""

from __future__ import annotations

import warnings
from dataclasses import asdict
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

import optuna
import pytest
from browsers import PATIENCE
from optuna.trial import TrialState

from honed.cli import status
from honed.errors import InputError
from honed.logs import study
from honed.run.folder import RunFolder
from honed.run.journal import Journal
from honed.search.options import Options


def begun(path: Path, **options: Any) -> Path:
    """A run that has only begun."""
    about = {"fingerprint": "", "versions": {}, "python": "3.11.0", "machine": "x86_64"}
    with (
        RunFolder.create(path, {"options": asdict(Options("data.csv", "y", **options)), **about}),
        Journal.create(path / "journal.jsonl", {}),
    ):
        return path


@pytest.fixture
def searched(tmp_path: Path, first_half: Any, second_half: Any) -> Path:
    """A run whose journal tells of three candidates."""
    path = begun(tmp_path / "price", trials=3, metric="accuracy")
    with Journal.open(path / "journal.jsonl") as journal:
        first_half(journal)
        second_half(journal)
    return path


class Server(ThreadingMixIn, WSGIServer):
    """The page asks for several things at once."""


def load(path: Path) -> optuna.Study:
    return optuna.load_study(study_name="price", storage=f"sqlite:///{path}")


def test_each_candidate_is_a_trial_with_its_settings_its_score_and_its_curve(
    searched: Path, tmp_path: Path
) -> None:
    study.export(searched, tmp_path / "study.db")
    trials = load(tmp_path / "study.db").trials
    assert [trial.state for trial in trials] == [TrialState.COMPLETE, TrialState.PRUNED]
    default, other = trials
    assert (default.value, default.params["learning_rate"]) == (0.5, 0.01)
    assert other.params["learning_rate"] == 0.02
    assert default.user_attrs["name"] == "a default" and default.user_attrs["accuracy/fold_0"] == 0.75
    assert default.intermediate_values == {1: 0.95, 2: 0.85}
    assert "hidden_sizes" not in default.params, "it is the same for all"


def test_a_candidate_that_diverged_is_a_trial_that_failed(searched: Path, tmp_path: Path) -> None:
    own = {"network": {"hidden_sizes": [8, 4]}, "training": {"learning_rate": 0.03}}
    value = {"loss": None, "candidate": "trial 4", "settings": own, "train_loss": [1.0], "valid_loss": [None]}
    with Journal.open(searched / "journal.jsonl") as journal:
        journal.record("quick/4/0/0", {"ok": True, "value": value})
    study.export(searched, tmp_path / "study.db")
    last = load(tmp_path / "study.db").trials[-1]
    assert (last.user_attrs["name"], last.state, last.value) == ("trial 4", TrialState.FAIL, None)


def test_a_metric_of_which_more_is_better_is_maximized(searched: Path, tmp_path: Path) -> None:
    study.export(searched, tmp_path / "study.db")
    found = load(tmp_path / "study.db")
    assert found.direction.name == "MAXIMIZE" and found.best_value == 0.5
    assert found.metric_names == ["accuracy"]


def test_optuna_goes_on_with_the_study(searched: Path, tmp_path: Path) -> None:
    study.export(searched, tmp_path / "study.db")
    found = load(tmp_path / "study.db")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial = found.ask(dict(found.trials[0].distributions))
    found.tell(trial, 0.75)
    assert load(tmp_path / "study.db").best_trial.number == trial.number


@pytest.mark.slow
def test_the_dashboard_of_optuna_shows_it(searched: Path, tmp_path: Path, browser: Any) -> None:
    dashboard = pytest.importorskip("optuna_dashboard")
    from playwright.sync_api import expect

    study.export(searched, tmp_path / "study.db")
    app = dashboard.wsgi(f"sqlite:///{tmp_path / 'study.db'}")
    with make_server("127.0.0.1", 0, app, server_class=Server) as server:
        Thread(target=server.serve_forever).start()
        tab = browser.new_page()
        try:
            tab.set_default_timeout(PATIENCE)
            tab.goto(f"http://127.0.0.1:{server.server_port}/dashboard")
            tab.get_by_text("price").first.click()
            for words in ("Best Trial (number=0)", "Params = [learning_rate: 0.01]", "Intermediate values"):
                expect(tab.get_by_text(words)).to_be_visible()
        finally:
            tab.context.close()
            server.shutdown()


def test_many_numbers_are_a_range_few_are_levels() -> None:
    asked: list[dict[str, Any]] = [
        {"rate": 10.0**-n, "width": 8 * n + 8, "depth": n % 2, "name": None if n else "x", "same": 1}
        for n in range(6)
    ]
    found = study._distributions(asked)
    assert (found["rate"].low, found["rate"].high, found["rate"].log) == (1e-5, 1.0, True)
    assert (found["width"].low, found["width"].high, found["width"].log) == (8, 48, False)
    assert isinstance(found["width"].low, int)
    assert set(found["depth"].choices) == {0, 1} and set(found["name"].choices) == {None, "x"}
    assert "same" not in found


def test_a_run_by_hand_and_one_that_has_tried_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="trained by hand"):
        study.export(begun(tmp_path / "by hand"), tmp_path / "study.db")
    with pytest.raises(InputError, match="has tried no candidate yet"):
        study.export(begun(tmp_path / "new", trials=3, metric="accuracy"), tmp_path / "study.db")
    assert not (tmp_path / "study.db").exists()


def test_what_is_said_is_what_the_page_shows(
    searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = list[str]()
    monkeypatch.chdir(tmp_path)
    study.export(searched, Path("study.db"), said.append)
    assert said[0] in (Path(__file__).parents[2] / "docs" / "logging.md").read_text()


def test_the_command_refuses_a_file_that_is_there_and_another_end(
    searched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    assert status(["export", str(searched), "--format", "optuna", "--out", str(there)]) == 2
    assert "never writes over a file" in capsys.readouterr().err
    assert there.read_text() == "mine"
    assert status(["export", str(searched), "--format", "optuna", "--out", str(tmp_path / "study.sql")]) == 2
    assert "ends in '.db'" in capsys.readouterr().err
    assert status(["export", str(searched), "--format", "optuna", "--out", str(tmp_path / "study.db")]) == 0
    assert "Wrote" in capsys.readouterr().err
