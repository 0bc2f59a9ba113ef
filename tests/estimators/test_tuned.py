"""Tuned estimators: they explain themselves, and work from scripts, notebooks and searches."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import jax
import notebooks
import numpy as np
import optuna
import pandas as pd
import polars as pl
import pytest
from messy_tables import herd
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from honed import TunedClassifier, TunedRegressor
from honed.errors import DataWarning, InputError
from honed.families.table.source import TableSource

TUNED = [
    TunedClassifier(trials=1, n_jobs=1, nested=0, random_state=0),
    TunedRegressor(trials=1, n_jobs=1, nested=0, random_state=0),
]


SCRIPT = """
import numpy as np
{before}
from honed import TunedClassifier
rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
model = TunedClassifier(trials=1, n_jobs={jobs}, nested=0, random_state=0).fit(X, X[:, 0] > 0)
print("right", (model.predict(X) == (X[:, 0] > 0)).mean() > 0.8)
"""


@pytest.mark.slow
@parametrize_with_checks(TUNED)
def test_tuned_networks_keep_the_contract(estimator, check) -> None:
    check(estimator)


@pytest.mark.slow
def test_tuned_regressor_explains_itself() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = TunedRegressor(trials=3, n_jobs=1, random_state=0).fit(X, y)
    assert model.summary_.get("nested", {}).get("rows") == len(y)
    assert model.score(X, y) > 0.3
    assert model.best_params_["epochs"] == model.trials_[0]["training"]["epochs"]
    assert model.score_ == model.summary_["scores"].get("ensemble", {}).get("value")


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("before", ["", "import jax; jax.numpy.arange(3).sum()"], ids=["plain", "after JAX"])
def test_tuning_works_from_a_script_without_main_guard(tmp_path: Path, jobs: int, before: str) -> None:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT.format(jobs=jobs, before=before))
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True)
    assert done.stdout == "right True\n", done.stderr


@pytest.mark.slow
def test_tuning_works_from_standard_input() -> None:
    script = SCRIPT.format(jobs=2, before="")
    done = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True)
    assert done.stdout == "right True\n", done.stderr


@pytest.mark.slow
def test_tuning_works_in_a_notebook() -> None:
    said = notebooks.run(SCRIPT.format(jobs=2, before=""))
    printed = [one["text"] for one in said if one["kind"] == "stream" and one["name"] == "stdout"]
    assert "".join(printed) == "right True\n", said
    (shown,) = notebooks.lines(said).values()
    assert shown[-1].startswith("generation 1 · best log_loss"), shown


@pytest.mark.slow
def test_tuning_works_under_joblib() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = TunedClassifier(trials=1, n_jobs=1, nested=0, random_state=0)
    assert cross_val_score(model, X[:200], y[:200], cv=2, n_jobs=2).mean() > 0.85


def test_weights_are_never_taken_for_groups() -> None:
    X, y, weights = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2, np.ones(60)
    tuned = TunedClassifier(trials=1, n_jobs=1)
    with pytest.raises(TypeError, match="positional"):
        tuned.fit(X, y, weights)  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValueError, match=r"TunedClassifier takes no sample_weight.*NetworkClassifier"):
        tuned.fit(X, y, sample_weight=weights)
    with pytest.raises(TypeError, match="unexpected keyword argument 'group'"):
        tuned.fit(X, y, group=weights)


@pytest.mark.parametrize("groups", [np.zeros(60), np.arange(60) % 2, np.arange(80), np.arange(50)])
def test_groups_that_cannot_be_kept_whole_are_refused(groups: np.ndarray) -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
    with pytest.raises(ValueError, match=r"groups has \d+ "):
        TunedClassifier(trials=1, n_jobs=1).fit(X, y, groups=groups)


def test_groups_are_routed_by_scikit_learn() -> None:
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2
    with config_context(enable_metadata_routing=True):
        tuned = TunedClassifier(trials=1, n_jobs=1).set_fit_request(groups=True)
        with pytest.raises(ValueError, match="groups has 2 distinct labels"):
            make_pipeline(StandardScaler(), tuned).fit(X, y, groups=y)


@pytest.mark.parametrize("setting", [{"trials": 2.0}, {"trials": True}, {"trials": 1, "n_jobs": 0}])
def test_a_number_of_trials_or_jobs_is_whole(setting: dict[str, Any]) -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match="must be a whole number of at least 1"):
        TunedRegressor(**{"n_jobs": 1, **setting}).fit(X, y)


def test_a_search_leaves_the_users_process_as_it_was() -> None:
    def state() -> tuple[Any, ...]:
        filters, jax_rules = list(warnings.filters), dict(jax.config.values)
        return optuna.logging.get_verbosity(), filters, jax_rules, np.geterr(), logging.root.level

    level, X = optuna.logging.get_verbosity(), np.random.default_rng(0).normal(size=(80, 2))
    tuned = TunedRegressor(trials=1, n_jobs=1, nested=0, random_state=0)
    tuned.fit(X, X[:, 0])  # what is imported may add filters of its own
    assert optuna.logging.get_verbosity() == level
    before = state()
    tuned.fit(X, X[:, 0])
    assert state() == before


def test_importing_honed_changes_nothing_of_the_users_process() -> None:
    text = """
import logging, warnings, jax, numpy, optuna
def state():
    return optuna.logging.get_verbosity(), list(warnings.filters), dict(jax.config.values), numpy.geterr()
import sklearn, sklearn.base, scipy.stats, sklearn.ensemble, polars, optax
before = state()
import honed.cli, honed.estimators, honed.search.tune, honed.report.html, honed.diagnosis.anywhere
import honed.search.baselines
assert state() == before
"""
    subprocess.run([sys.executable, "-c", text], check=True)


def test_the_newest_rows_give_the_score_where_time_is_named() -> None:
    rng = np.random.default_rng(0)
    when = rng.permutation(90).astype(float)
    X = np.column_stack([when, rng.normal(size=90)])
    model = TunedRegressor(trials=1, n_jobs=1, random_state=0, time=0, gap=2).fit(X, X[:, 1])
    assert model.summary_["rows"].get("newest") == "x0"
    assert any("the newest by 'x0' (from 76 on)" in note for note in model.summary_.get("notes", []))
    with pytest.raises(ValueError, match="both together cannot hold"):
        TunedRegressor(trials=1, time=0).fit(X, X[:, 1], groups=np.arange(90) % 9)
    frame = pd.DataFrame(X, columns=["when", "x"])
    with pytest.raises(ValueError, match="both the target and the time"):
        TunedRegressor(trials=1, time="price").fit(frame, pd.Series(X[:, 1], name="price"))
    with pytest.raises(InputError, match="which X does not have; it has") as refused:
        TunedRegressor(trials=1, time="zz").fit(frame, X[:, 1])
    assert "'target'" not in str(refused.value)


def test_a_column_of_dates_in_order_is_used_and_said_aloud() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=90), "x": rng.normal(size=90)})
    model = TunedRegressor(trials=1, n_jobs=1, random_state=0)
    with pytest.warns(DataWarning, match="The newest rows by 'when' give the score"):
        model.fit(X, X["x"])
    assert model.summary_["rows"].get("newest") == "when"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "newest" not in model.set_params(time=False).fit(X, X["x"]).summary_["rows"]


def test_numbers_that_name_groups_are_levels_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sources: list[TableSource] = []
    monkeypatch.setattr(TunedRegressor, "_search", lambda _, source, *__, **___: sources.append(source))
    X = pd.DataFrame(herd())
    y = X.pop("weight")
    for numeric in ([], ["pig"]):
        TunedRegressor(trials=1, numeric=numeric).fit(X, y)
    noticed, declared = sources
    assert [column.kind for column in noticed.schema.columns] == ["categorical", "numeric", "numeric"]
    assert noticed.probable is not None and noticed.probable.count == 20
    assert any("its 20 whole numbers name groups" in note for note in noticed.notes)
    assert [column.kind for column in declared.schema.columns] == ["numeric"] * 3
    assert not any("name groups" in note for note in declared.notes)


def test_splitters_of_scikit_learn_share_the_rows_out() -> None:
    X = np.random.default_rng(0).normal(size=(80, 2))
    model = TunedRegressor(trials=1, n_jobs=1, random_state=0, cv=KFold(4)).fit(X, X[:, 0])
    assert model.summary_["rows"].get("outer") == 20
    assert any("what the last split of cv tests on" in note for note in model.summary_.get("notes", []))


def test_a_splitter_that_gives_no_folds_is_told_in_a_sentence() -> None:
    X = np.arange(60.0).reshape(30, 2)
    model = TunedRegressor(trials=1, cv=GroupKFold(5))
    with pytest.raises(
        InputError, match="cv is GroupKFold, which needs the group of each row, and none is given"
    ):
        model.fit(X, X[:, 0])
    with pytest.raises(InputError, match="cv is GroupKFold, which gives no folds of these rows: Cannot have"):
        model.fit(X, X[:, 0], groups=np.arange(30) % 4)


def test_levels_are_no_time() -> None:
    frame = pl.DataFrame({"when": np.arange(30), "y": np.arange(30.0)})
    model = TunedRegressor(trials=1, time="when", categorical=["when"])
    with pytest.raises(InputError, match="'when' is to say when rows were, and was declared categorical too"):
        model.fit(frame.select("when"), frame["y"])


@pytest.mark.slow
def test_several_targets_are_tuned_together() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 3))
    labels = np.column_stack([X[:, 0] > 0, X[:, 1] + X[:, 2] > 0]).astype(int)
    model = TunedClassifier(trials=2, n_jobs=1, nested=0, random_state=0).fit(X, labels)
    assert model.predict(X).dtype == labels.dtype and (model.predict(X) == labels).mean() > 0.85
    assert [own.shape for own in model.predict_proba(X)] == [(150, 2), (150, 2)]
    assert model.summary_["metric"] == "relative_loss" and 0 < model.score_ < 0.9
    assert "&#x27;target_0&#x27; (binary)" in model._repr_html_()
    with pytest.raises(InputError, match="metric 'roc_auc' is about one target"):
        TunedClassifier(trials=1, metric="roc_auc").fit(X, labels)


@pytest.mark.slow
@pytest.mark.parametrize("lanes", ["auto", "4"])
def test_lanes_find_a_network_as_good(lanes: str) -> None:
    X = np.random.default_rng(0).normal(size=(80, 3))
    y = X[:, 0] > 0
    model = TunedClassifier(trials=3, lanes=lanes, n_jobs=1, nested=0, random_state=0, single=True).fit(X, y)
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("lanes", [0, -1, "many", 2.5, True, 5000])
def test_lanes_that_make_no_run_are_refused(lanes: Any) -> None:
    with pytest.raises(InputError, match="lanes is"):
        TunedClassifier(trials=1, lanes=lanes).fit(np.zeros((20, 2)), np.arange(20) % 2)
