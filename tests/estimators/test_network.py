"""Networks by hand against scikit-learn's own contract, and in the places where people use them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import GammaRegressor, PoissonRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from small_estimators import NETWORKS, SMALL

from honed import NetworkClassifier, NetworkRegressor, TunedClassifier
from honed.errors import DataWarning, InputError, RunError

WEIGHTS = (
    "rows are dealt into validation rows and batches by position, so a row of weight 2 is not the same as the row "
    "given twice"
)


UNEQUAL = {
    "check_sample_weight_equivalence_on_dense_data": WEIGHTS,
    "check_sample_weight_equivalence_on_sparse_data": WEIGHTS,
}


@parametrize_with_checks(NETWORKS, expected_failed_checks=lambda estimator: UNEQUAL)
def test_networks_keep_the_contract(estimator, check) -> None:
    check(estimator)


def test_same_seed_same_network() -> None:
    X, y = load_diabetes(return_X_y=True)
    one, two = (NetworkRegressor(**SMALL).fit(X, y).predict(X) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_row_predictions_do_not_depend_on_neighbours() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**SMALL).fit(X, y)
    np.testing.assert_array_equal(
        model.predict(X)[:7], np.concatenate([model.predict(X[i : i + 1]) for i in range(7)])
    )


def test_unknown_and_invalid_settings_are_value_errors() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match=r"'dropout' is 1\.0.*\[0, 1\)"):
        NetworkRegressor(dropout=1.0).fit(X, y)
    with pytest.raises(ValueError, match="'adam'"):
        NetworkRegressor(optimizer="adamant").fit(X, y)
    # in this process, which is one of the processor
    with pytest.raises(ValueError, match="JAX sees none here"):
        NetworkRegressor(device="gpu").fit(X, y)
    with pytest.raises(ValueError, match="precision is 'half'"):
        TunedClassifier(trials=1, n_jobs=1).set_params(precision="half").fit(X, np.asarray(y) > 100)
    with pytest.raises(ValueError, match="no metric 'rocauc'"):
        TunedClassifier(trials=1, metric="rocauc", n_jobs=1).fit(X, np.asarray(y) > 100)


def test_pickled_estimator_predicts_the_same_and_holds_no_rows() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 5))
    model = NetworkRegressor(**({**SMALL, "epochs": 2})).fit(X, X[:, 0])
    data = pickle.dumps(model)
    assert len(data) < X.nbytes / 4
    np.testing.assert_array_equal(pickle.loads(data).predict(X[:9]), model.predict(X[:9]))


def test_works_inside_pipelines_and_searches() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), NetworkClassifier(**SMALL))
    search = GridSearchCV(pipeline, {"networkclassifier__dropout": [0.0, 0.2]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(pipeline, X, y, cv=2).mean() > 0.9


def test_findings_say_why_a_deep_network_of_sigmoids_does_not_learn() -> None:
    X, y = load_digits(return_X_y=True)
    network = NetworkClassifier(depth=12, width=32, activation="sigmoid", epochs=25, random_state=0)
    curves = [finding.id for finding in network.fit(X, y).findings_]
    inside = [finding.id for finding in network.set_params(probes="usual").fit(X, y).findings_]
    assert curves[0] == "underfitting"
    assert inside[0] == "vanishing-gradient"


@pytest.mark.filterwarnings("default:One or more of the test scores:UserWarning")  # of scikit-learn's search
@pytest.mark.parametrize("early_stopping", [True, False])
def test_a_training_that_diverges_at_once_is_no_network(early_stopping: bool) -> None:
    """In the words of `honed train`; a search that tries such a setting goes on."""
    X, y = load_diabetes(return_X_y=True)
    wild = NetworkRegressor(
        optimizer="sgd", learning_rate=100, batch_size=8, epochs=3, early_stopping=early_stopping
    )
    with pytest.raises(
        RunError, match=r"no network to keep\. The loss stopped being a number.*Lower the learning rate"
    ):
        wild.fit(X, y)
    assert not hasattr(wild, "model_")
    search = GridSearchCV(wild.set_params(random_state=0), {"learning_rate": [100, 1e-3]}, cv=2)
    with pytest.warns(FitFailedWarning):
        assert search.fit(X[:60], y[:60]).best_params_ == {"learning_rate": 1e-3}


@pytest.mark.parametrize("is_told", [True, False])
def test_a_code_for_missing_is_taken_so_where_a_quick_fit_gains_and_named_elsewhere(is_told: bool) -> None:
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=200), rng.normal(size=200)
    X = pd.DataFrame({"x": np.where(np.arange(200) % 10 == 3, -999, x), "z": rng.normal(size=200)})
    one = NetworkRegressor(**SMALL).set_params(epochs=1)
    if is_told:
        with pytest.warns(DataWarning, match=r"-999 stands far .* say numeric=\['x'\]"):
            one.fit(X, 3 * x + 0.1 * noise)
    else:
        one.fit(X, noise)
    assert (one.model_.schema.columns[0].reading.missing == ("-999",)) is is_told
    assert ("missing-code" in [finding.id for finding in one.findings_]) is not is_told


def test_a_network_that_does_not_learn_is_a_warning() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(UserWarning, match="the training loss ends at"):
        NetworkRegressor(optimizer="sgd", learning_rate=1e-9, epochs=40, random_state=0).fit(X, y)


FORK = """
import multiprocessing
import numpy as np
from honed import NetworkRegressor
from honed.table import read

def work(queue):
    try:
        queue.put(model.predict(X).shape)
    except Exception as error:
        queue.put(f"{type(error).__name__}: {error}")

read._PATIENCE = 1.0
X = np.random.default_rng(0).normal(size=(50, 2))
model = NetworkRegressor(epochs=1, random_state=0).fit(X, X[:, 0])
context = multiprocessing.get_context("fork")
queue = context.Queue()
child = context.Process(target=work, args=(queue,))
child.start()
print(queue.get(timeout=40))
child.join(20)
child.kill()
"""


@pytest.mark.slow
def test_predicting_in_a_forked_process_ends() -> None:
    words = [sys.executable, "-W", "ignore", "-c", FORK]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    assert done.stdout.startswith("RunError: This process was forked"), done.stderr


@pytest.mark.parametrize(("loss", "model"), [("poisson", PoissonRegressor), ("gamma", GammaRegressor)])
def test_a_network_without_hidden_layers_is_scikit_learns_model_of_counts_and_amounts(loss, model) -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (400, 2))
    rate = np.exp(1.5 + X @ [1.0, -0.7])
    y = rng.poisson(rate) if loss == "poisson" else rng.gamma(3.0, rate / 3.0)
    wanted = model(alpha=0.0).fit(X, y).predict(X)
    settings: dict[str, Any] = {
        "depth": 0,
        "early_stopping": False,
        "epochs": 150,
        "batch_size": "full",
        "learning_rate": 0.1,
    }
    settings["numeric_scaling"] = "standard"  # others bend far numbers
    mine = NetworkRegressor(**settings, schedule="cosine", loss=loss, random_state=0).fit(X, y)
    np.testing.assert_allclose(mine.predict(X), wanted, rtol=0.01)
    with pytest.raises(InputError, match=f"The loss '{loss}' is for numbers"):
        NetworkRegressor(loss=loss).fit(X, y - 10)
    with pytest.raises(InputError, match=r"outputs of loss .* are logarithms"):
        NetworkRegressor(loss=loss, monitor="mean_absolute_error").fit(X, y)


def test_the_targets_means_help_where_levels_differ_and_are_not_believed_where_they_do_not() -> None:
    rng = np.random.default_rng(0)
    town, noise = rng.integers(0, 120, 1200), rng.integers(0, 400, 1200)
    truth = rng.normal(size=120)[town] + 0.5 * rng.normal(size=1200)
    X = pd.DataFrame({"town": town.astype(str), "noise": noise.astype(str)}).add_prefix("the_")
    X["the_town"], X["the_noise"] = "t" + X["the_town"], "n" + X["the_noise"]
    settings = {"depth": 1, "width": 8, "category_size": 1, "learning_rate": 0.02, "epochs": 15}
    known, asked = slice(0, 800), slice(800, None)

    def network(frame: pd.DataFrame, y: np.ndarray, by_target: bool) -> float:
        model = NetworkRegressor(target_encoding=by_target, random_state=0, **settings)
        return model.fit(frame[known], y[known]).score(frame[asked], y[asked])

    plain, with_means = (network(X, truth, by_target) for by_target in (False, True))
    assert with_means > max(plain, 0.5)
    chance = rng.normal(size=1200)
    assert network(X, chance, True) > -0.05
    for name in ("the_town", "the_noise"):  # each row's own target in the mean of its level
        held = X[name].to_numpy()[known]
        own = {level: chance[known][held == level].mean() for level in set(held)}
        X[name] = [own.get(level, 0.0) for level in X[name]]
    naive = NetworkRegressor(early_stopping=False, random_state=0, **settings).fit(X[known], chance[known])
    assert naive.score(X[known], chance[known]) > 0.4 and naive.score(X[asked], chance[asked]) < -0.2
