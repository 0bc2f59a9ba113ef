"""The four estimators against scikit-learn's own contract, and in the places where people use them."""

from __future__ import annotations

import json
import logging
import pickle
import re
import shutil
import subprocess
import sys
import warnings
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optuna
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import honed
from honed import NetworkClassifier, NetworkRegressor, TunedClassifier, TunedRegressor
from honed.errors import DataWarning, RunError
from honed.nets.spec import NetworkSpec
from honed.run import disk
from honed.settings import declarations
from honed.train.spec import TrainingSpec

SMALL: dict[str, Any] = {
    "depth": 1,
    "width": 32,
    "epochs": 60,
    "learning_rate": 0.02,
    "schedule": "cosine",
    "random_state": 0,
}


def arrays(load: Any) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and target of a table that scikit-learn brings along."""
    return load(return_X_y=True)


NETWORKS = [NetworkClassifier(**SMALL), NetworkRegressor(**SMALL)]
TUNED = [
    TunedClassifier(trials=1, n_jobs=1, random_state=0),
    TunedRegressor(trials=1, n_jobs=1, random_state=0),
]
WEIGHTS = (
    "rows are dealt into validation rows and batches by position, so a row of weight 2 is not the same as the row "
    "given twice"
)
UNEQUAL = {
    "check_sample_weight_equivalence_on_dense_data": WEIGHTS,
    "check_sample_weight_equivalence_on_sparse_data": WEIGHTS,
}
SCRIPT = """
import numpy as np
{before}
from honed import TunedClassifier
rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
model = TunedClassifier(trials=1, n_jobs={jobs}, random_state=0).fit(X, X[:, 0] > 0)
print("right", (model.predict(X) == (X[:, 0] > 0)).mean() > 0.8)
"""


ODD_TARGETS = [
    pd.cut(pd.Series(range(12)), 3),
    pd.Series(pd.period_range("2020", periods=12, freq="M")),
    pd.Series([timedelta(row) for row in range(12)]),
    pl.Series([timedelta(row) for row in range(12)]),
    pa.array([timedelta(row) for row in range(12)]),
    pd.Series(pd.date_range("2020", periods=12, tz="UTC")),
    pl.Series([time(row) for row in range(12)]),
    pl.Series([{"a": row} for row in range(12)]),
    [[row] for row in range(12)],
    [b"a", b"b"] * 6,
    np.array([10**25, 1] * 6, dtype=object),
    pd.Series(["a", None] * 6),
    pd.Series(["a", 1] * 6),
]


@pytest.mark.parametrize("y", ODD_TARGETS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_target_that_no_network_can_learn_is_refused_in_a_sentence_or_learned(network, y) -> None:
    X = np.arange(24.0).reshape(12, 2)
    for rows in (X, pd.DataFrame(X, columns=["a", "b"])):
        try:
            clone(network).set_params(epochs=1).fit(rows, y).predict(rows)
        except ValueError as error:  # no other error passes
            assert re.search(
                r"^(y holds|Input y contains NaN|y should be a 1d array|.* is '.*' in all)", str(error)
            )


def test_targets_of_rarer_number_types_are_learned() -> None:
    X = pd.DataFrame({"a": range(12), "b": [row % 3 for row in range(12)]})
    network = NetworkClassifier(**{**SMALL, "epochs": 1})
    assert network.fit(X, pl.Series([1, 2] * 6, dtype=pl.Int128)).classes_.tolist() == [1, 2]
    assert network.fit(X, np.array([True, False] * 6, dtype=object)).classes_.tolist() == [False, True]
    assert network.fit(X, pd.Series(["01", "1"] * 6)).classes_.tolist() == ["01", "1"]
    assert network.fit(X, pd.Series(pd.cut(X["a"], 2)).astype(str)).classes_.tolist() == [
        "(-0.011, 5.5]",
        "(5.5, 11.0]",
    ]
    regressor = NetworkRegressor(**{**SMALL, "epochs": 1})
    assert np.isfinite(regressor.fit(X, pl.Series([Decimal(row) / 4 for row in range(12)])).predict(X)).all()


def test_inputs_of_any_type_are_used_or_left_out_with_the_reason() -> None:
    rows = range(40)
    X = pd.DataFrame(
        {
            "bin": pd.cut(pd.Series([row % 10 for row in rows]), 4),
            "wait": pd.to_timedelta([row % 7 for row in rows], unit="h"),
            "month": pd.period_range("2020", periods=40, freq="M"),
            "price": [Decimal(row % 9) / 4 for row in rows],
            "clock": [time(row % 24) for row in rows],
            "x": [row / 3 for row in rows],
        }
    )
    network = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X, np.arange(40.0))
    kinds = {column.name: column.kind for column in network.model_.schema.columns}
    assert kinds == {
        "bin": "categorical",
        "wait": "numeric",
        "month": "text",
        "price": "numeric",
        "clock": "categorical",
        "x": "numeric",
    }
    expected = network.predict(X)
    np.testing.assert_array_equal(network.predict(X.iloc[::-1]), expected[::-1])
    typed = pl.DataFrame(
        {"wait": pl.Series([timedelta(hours=row % 7) for row in rows], dtype=pl.Duration("ns"))}
    )
    told = pl.DataFrame(pl.from_pandas(X[["price", "clock", "x"]])).with_columns(
        typed["wait"], bin=pl.Series([str(cell) for cell in X["bin"]]), month=pl.lit(None)
    )
    np.testing.assert_array_equal(network.predict(told.select(X.columns)), expected)


def test_objects_that_are_no_numbers_in_an_array_are_named() -> None:
    X = np.array([[timedelta(row), row] for row in range(12)], dtype=object)
    with pytest.raises(ValueError, match=r"X holds datetime.timedelta.*an array must hold numbers"):
        NetworkRegressor(**SMALL).fit(X, np.arange(12.0))


@parametrize_with_checks(NETWORKS, expected_failed_checks=lambda estimator: UNEQUAL)
def test_networks_keep_the_contract(estimator, check) -> None:
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(TUNED)
def test_tuned_networks_keep_the_contract(estimator, check) -> None:
    check(estimator)


def mixed(rows: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    """A number with gaps, a text column with gaps, a boolean; the target needs the first two."""
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=rows), rng.choice(["oak", "elm", "ash"], rows)
    target = size + 2.0 * (kind == "oak")
    frame = pd.DataFrame({"size": size, "kind": kind, "old": rng.random(rows) > 0.5})
    frame.loc[::17, "size"] = np.nan
    frame.loc[::19, "kind"] = None
    return frame, target


def arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize(
    "convert", [lambda frame: frame, pl.from_pandas, arrow], ids=["pandas", "polars", "arrow"]
)
def test_tables_need_no_preparation(convert) -> None:
    frame, target = mixed()
    model = NetworkRegressor(**SMALL).fit(convert(frame), target)
    assert model.score(convert(frame), target) > 0.6
    assert model.n_features_in_ == 3


def test_all_kinds_of_frame_give_the_same_predictions() -> None:
    frame, target = mixed()
    model = NetworkRegressor(**SMALL).fit(frame, target)
    expected = model.predict(frame)
    np.testing.assert_array_equal(model.predict(pl.from_pandas(frame)), expected)
    np.testing.assert_array_equal(model.predict(arrow(frame)), expected)


def shops(rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Shops by number, each with a level of its own, and a number that tells nothing."""
    rng = np.random.default_rng(1)
    shop, noise = rng.integers(0, 20, rows), rng.normal(size=rows)
    return np.column_stack([noise, shop]), rng.normal(size=20)[shop]


@pytest.mark.parametrize("kind", [float, int, object])
def test_a_column_of_an_array_is_declared_categorical_by_its_position(kind) -> None:
    X, y = shops()
    X = X.round().astype(kind)
    model = NetworkRegressor(**SMALL, categorical=[1]).fit(X, y)
    assert [column.kind for column in model.model_.schema.columns] == ["numeric", "categorical"]
    assert model.score(X, y) > 0.9 > NetworkRegressor(**SMALL).fit(X, y).score(X, y)


def test_columns_of_a_frame_are_declared_by_name() -> None:
    X, y = shops()
    frame = pd.DataFrame(X, columns=["noise", "shop"])
    model = TunedRegressor(trials=1, n_jobs=1, random_state=0, categorical=["shop"], numeric=["noise"])
    kinds = [column.kind for column in model.fit(frame, y).model_.schema.columns]
    assert kinds == ["numeric", "categorical"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"categorical": "shop"}, r"must be a list of columns, such as \['shop'\]"),
        ({"categorical": ["shp"]}, "names the column 'shp', which X does not have.*Did you mean 'shop'"),
        ({"numeric": [1]}, "numeric names the column 1,"),
        ({"numeric": ["shop"], "categorical": ["shop"]}, "both categorical and numeric"),
    ],
)
def test_declarations_that_cannot_be_are_refused(words, message) -> None:
    X, y = shops(40)
    frame = pd.DataFrame(X, columns=["noise", "shop"])
    with pytest.raises(honed.InputError, match=message):
        NetworkRegressor(**SMALL, **words).fit(frame, y)


def test_an_index_that_was_saved_as_a_column_is_no_input() -> None:
    frame, target = mixed()
    some = np.random.default_rng(0).permutation(len(frame))[:150]
    train = frame.iloc[some].reset_index().rename(columns={"index": "Unnamed: 0", "size": " size"})
    model = NetworkRegressor(**SMALL).fit(train, target[some])
    model_of = model.model_
    assert [column.name for column in model_of.schema.columns if not column.used] == ["Unnamed: 0"]
    np.testing.assert_array_equal(model_of.predict(frame.iloc[some]), model.predict(train))


@pytest.mark.parametrize("shops", [8, 30])
def test_an_unseen_category_is_predicted_near_the_mean(shops: int) -> None:
    """Also where training rows held every level often, so that none of them was rare or missing."""
    rng = np.random.default_rng(0)
    shop, y = np.arange(600) % shops, rng.normal(10, 1, shops)[np.arange(600) % shops]
    frame = pd.DataFrame({"shop": [f"s{number}" for number in shop], "noise": rng.normal(size=600)})
    model = NetworkRegressor(**SMALL).fit(frame, y)
    assert model.score(frame, y) > 0.95
    for cell in ("new", None):
        strange = frame.assign(shop=pd.Series([cell] * 600, dtype=object))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert abs(model.predict(strange).mean() - y.mean()) < 0.35 * y.std()


def test_a_position_beyond_the_array_is_refused() -> None:
    X, y = shops(40)
    with pytest.raises(
        honed.InputError, match="names the column 2, which X does not have; it has positions 0 to 1"
    ):
        NetworkRegressor(**SMALL, categorical=[2]).fit(X, y)


@pytest.mark.parametrize("kind", [NetworkRegressor, NetworkClassifier])
def test_an_array_after_a_frame_goes_by_position_with_a_warning(kind) -> None:
    frame, target = mixed()
    frame["shop"] = pd.Categorical(np.arange(len(frame)) % 5)
    y = target if kind is NetworkRegressor else target > 1
    model = kind(**SMALL).fit(frame, y)
    names = "predict" if kind is NetworkRegressor else "predict_proba"
    for array in (frame.to_numpy(), frame.to_numpy().tolist(), frame.astype(object).to_numpy()):
        for name in {"predict", names}:
            with pytest.warns(UserWarning, match="X does not have valid feature names"):
                said = getattr(model, name)(array)
            np.testing.assert_array_equal(said, getattr(model, name)(frame))
    with pytest.warns(UserWarning), pytest.raises(ValueError, match="X has 3 features, but"):
        model.predict(frame.to_numpy()[:, :3])


def test_a_float_array_after_a_frame_of_numbers_goes_by_position() -> None:
    X, y = arrays(load_diabetes)
    frame = pd.DataFrame(X[:, :3], columns=["a", "b", "c"])
    model = TunedRegressor(trials=1, n_jobs=1, random_state=0).fit(frame, y)
    with pytest.warns(UserWarning, match="valid feature names"):
        np.testing.assert_array_equal(model.predict(X[:, :3]), model.predict(frame))


def test_a_frame_after_an_array_goes_by_position_with_a_warning() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 5}).fit(X, y)
    frame = pd.DataFrame(X, columns=[*"abcdefghij"])
    with pytest.warns(UserWarning, match="X has feature names, but"):
        np.testing.assert_array_equal(model.predict(frame), model.predict(X))
    np.testing.assert_array_equal(model.predict(pd.DataFrame(X)), model.predict(X))


def test_labels_come_back_as_they_were_given() -> None:
    frame, target = mixed()
    labels = np.where(target > 1, "tall", "short")
    model = NetworkClassifier(**SMALL).fit(frame, labels)
    assert list(model.classes_) == ["short", "tall"]
    assert set(model.predict(frame)) <= {"short", "tall"}
    np.testing.assert_allclose(model.predict_proba(frame).sum(axis=1), 1)


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


@pytest.mark.parametrize(
    ("dtype", "plain"),
    [("Int64", "int64"), ("int64[pyarrow]", "int64"), ("UInt64", "uint64"), ("uint64[pyarrow]", "uint64")],
)
@pytest.mark.parametrize("shape", ["series", "array", "table", "category"])
def test_labels_of_pandas_own_types_keep_every_digit(dtype: Any, plain: str, shape: str) -> None:
    X = np.arange(40.0).reshape(20, 2)
    y: Any = pd.Series([10**18 + 1, 10**18 + 2] * 10, dtype=dtype)
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    y = {"series": y, "array": y.array, "table": y.to_frame(), "category": y.astype("category")}[shape]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classes = NetworkClassifier(**settings).fit(X, y).classes_
    assert classes.tolist() == [10**18 + 1, 10**18 + 2]
    assert classes.dtype == plain or shape == "category"


@pytest.mark.parametrize(
    ("dtype", "labels"),
    [
        ("Int8", [2, 3]),
        ("boolean", [False, True]),
        ("bool[pyarrow]", [False, True]),
        ("string[pyarrow]", ["01", "1"]),
        ("string", ["01", "1"]),
    ],
)
def test_labels_of_pandas_own_types_come_back_as_they_were(dtype: Any, labels: list[Any]) -> None:
    X = np.arange(40.0).reshape(20, 2)
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    model = NetworkClassifier(**settings).fit(X, pd.Series(labels * 10, dtype=dtype))
    assert model.classes_.tolist() == labels
    assert [type(label) for label in model.classes_.tolist()] == [type(label) for label in labels]
    gap: Any = pd.Series([*(labels * 10)[:19], None], dtype=dtype)
    with pytest.raises(ValueError, match=r"Input y contains NaN: the target of row 20"):
        NetworkClassifier(**settings).fit(X, gap)


@pytest.mark.parametrize("labels", [["01", "02", "03"], [1, 2, 3], [1.0, 2.0, 3.0], ["a", "b", "c"]])
def test_class_weights_are_found_by_the_label(labels: list[Any]) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.array(labels * 10 + labels[:1] * 30)
    settings: dict[str, Any] = SMALL | {"epochs": 2}

    def answers(class_weight: Any, sample_weight: Any = None) -> np.ndarray:
        model = NetworkClassifier(**settings, class_weight=class_weight)
        return model.fit(X, y, sample_weight).predict_proba(X)

    weights = dict(zip(labels, (1, 2, 3), strict=True))
    by_row = np.array([weights[label] for label in y.tolist()], dtype=float)
    np.testing.assert_allclose(answers(weights), answers(None, by_row), rtol=1e-4)
    by_row = np.where(y == labels[0], 60 / (3 * 40), 60 / (3 * 10))
    np.testing.assert_allclose(answers("balanced"), answers(None, by_row), rtol=1e-4)
    some = {label: weights[label] for label in labels[:2]}
    np.testing.assert_array_equal(answers(some), answers(some | {labels[2]: 1}))


@pytest.mark.parametrize(
    ("class_weight", "said"),
    [
        ([1, 2], r"class_weight is .*1, 2.* None, 'balanced' or a dict"),
        ("Balanced", r"None, 'balanced' or a dict .*Did you mean 'balanced'\?"),
        (2.0, r"class_weight is 2\.0"),
        ({"0": 2.0, 1: 1.0}, r"names the class '0', which y does not hold, and leaves out 0"),
    ],
)
def test_other_class_weights_are_refused(class_weight: Any, said: str) -> None:
    X, y = arrays(load_breast_cancer)
    with pytest.raises(ValueError, match=said):
        NetworkClassifier(**SMALL, class_weight=class_weight).fit(X, y)


def test_class_weight_moves_the_border() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(400) < 0.1).astype(int)
    X = (y + rng.normal(size=400))[:, None]
    plain, balanced = (
        NetworkClassifier(**SMALL, class_weight=weight).fit(X, y).predict(X).mean()
        for weight in (None, "balanced")
    )
    assert balanced > 2 * plain + 0.05


def test_unknown_and_invalid_settings_are_value_errors() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match=r"'dropout' is 1\.0.*\[0, 1\)"):
        NetworkRegressor(dropout=1.0).fit(X, y)
    with pytest.raises(ValueError, match="'adam'"):
        NetworkRegressor(optimizer="adamant").fit(X, y)
    with pytest.raises(ValueError, match="no metric 'rocauc'"):
        TunedClassifier(trials=1, metric="rocauc", n_jobs=1).fit(X, np.asarray(y) > 100)


def test_pickled_estimator_predicts_the_same_and_holds_no_rows() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 5))
    model = NetworkRegressor(**({**SMALL, "epochs": 2})).fit(X, X[:, 0])
    data = pickle.dumps(model)
    assert len(data) < X.nbytes / 4
    np.testing.assert_array_equal(pickle.loads(data).predict(X[:9]), model.predict(X[:9]))


def test_saved_model_is_loaded_by_honed(tmp_path: Path) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**SMALL).fit(X, y)
    model.save(tmp_path / "model")
    frame = pl.DataFrame(X, schema=list(model.model_.encoders[0].names))
    np.testing.assert_array_equal(honed.load(tmp_path / "model").values(frame), model.predict(X))


def test_samples_give_a_mean_and_a_spread_of_probabilities() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = NetworkClassifier(**(SMALL | {"epochs": 5, "dropout": 0.3})).fit(X, y)
    drawn = [model.predict_proba(X[:30], samples=count) for count in (1, 2)]
    mean, spread = model.predict_proba(X[:30], samples=2, return_std=True)
    np.testing.assert_array_equal(mean, drawn[1])
    second = 2 * drawn[1] - drawn[0]
    np.testing.assert_allclose(spread, np.abs(drawn[0] - second) / 2, atol=1e-9)
    assert (spread > 0).mean() > 0.9
    np.testing.assert_allclose(mean.sum(axis=1), 1)
    alone = model.predict_proba(X[7:8], samples=2)
    np.testing.assert_array_equal(alone, mean[7:8])
    assert (model.predict_proba(X[:30]) != mean).any()


def test_samples_of_values_are_around_the_prediction() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**(SMALL | {"epochs": 20, "dropout": 0.2})).fit(X, y)
    mean, spread = model.predict(X, samples=50, return_std=True)
    assert mean.shape == spread.shape == np.shape(y)
    assert (spread > 0).all()
    assert np.corrcoef(mean, model.predict(X))[0, 1] > 0.95


def test_a_spread_that_would_say_nothing_is_refused() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X, y)
    with pytest.raises(ValueError, match="has no dropout"):
        model.predict(X, samples=5)
    with pytest.raises(ValueError, match="return_std needs samples"):
        model.predict(X, return_std=True)
    with pytest.raises(ValueError, match="loss='quantile'"):
        model.predict_quantiles(X)


def test_quantiles_rise_and_hold_their_shares_of_rows() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 1))
    y = X[:, 0] + rng.normal(size=2000)
    settings = {**SMALL, "epochs": 30, "loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}
    model = NetworkRegressor(**settings).fit(X[:1000], y[:1000])
    found = model.predict_quantiles(X[1000:])
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_allclose((y[1000:, None] < found).mean(axis=0), (0.1, 0.5, 0.9), atol=0.05)


def test_an_output_activation_needs_a_squared_loss_for_classes() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    settings: dict[str, Any] = SMALL | {"epochs": 10, "activation": "sigmoid", "output_activation": "sigmoid"}
    with pytest.raises(ValueError, match="'output_activation' is 'sigmoid', but cross-entropy"):
        NetworkClassifier(**settings).fit(X, y)
    model = NetworkClassifier(**settings, loss="squared").fit(X, y)
    assert model.score(X, y) > 0.9
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)


def test_works_inside_pipelines_and_searches() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), NetworkClassifier(**SMALL))
    search = GridSearchCV(pipeline, {"networkclassifier__dropout": [0.0, 0.2]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(pipeline, X, y, cv=2).mean() > 0.9


@pytest.mark.slow
def test_tuned_regressor_explains_itself() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = TunedRegressor(trials=3, n_jobs=1, random_state=0).fit(X, y)
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
    """A notebook's kernel runs cells by `exec` in a module without a file."""
    cell = SCRIPT.format(jobs=2, before="")
    script = (
        "import sys, types\ncell = types.ModuleType('__main__')\nsys.modules['__main__'] = cell\n"
        f"exec({cell!r}, cell.__dict__)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "right True\n", done.stderr


@pytest.mark.slow
def test_tuning_works_under_joblib() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    model = TunedClassifier(trials=1, n_jobs=1, random_state=0)
    assert cross_val_score(model, X[:200], y[:200], cv=2, n_jobs=2).mean() > 0.85


def test_findings_say_why_a_deep_network_of_sigmoids_does_not_learn() -> None:
    X, y = load_digits(return_X_y=True)
    network = NetworkClassifier(depth=12, width=32, activation="sigmoid", epochs=25, random_state=0)
    curves = [finding.id for finding in network.fit(X, y).findings_]
    inside = [finding.id for finding in network.set_params(probes="usual").fit(X, y).findings_]
    assert curves[0] == "underfitting"
    assert inside[0] == "vanishing-gradient"


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


def test_a_search_over_numpys_values_can_be_saved(tmp_path: Path) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    grid = {
        "width": np.arange(8, 17, 8),
        "learning_rate": np.logspace(-3, -2, 2),
        "residual": [np.bool_(False)],
    }
    search = GridSearchCV(NetworkClassifier(**{**SMALL, "epochs": 2}), grid, cv=2).fit(X[:80], y[:80])
    best = search.best_estimator_
    assert best.get_params()["width"] is search.best_params_["width"]  # as scikit-learn wants, what was given
    best.save(tmp_path / "model")
    document = json.loads((tmp_path / "model" / "model.json").read_text())
    assert document["members"][0]["network"]["width"] == int(search.best_params_["width"])


def test_a_save_that_fails_leaves_nothing_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X[:50], y[:50])
    write = disk.write_file

    def full(path: Path, data: bytes) -> None:
        if path.name == "model.json":
            raise RunError("the disk is full")
        write(path, data)

    (tmp_path / "empty").mkdir()
    for folder in ("new", "empty"):
        with monkeypatch.context() as patched:
            patched.setattr(disk, "write_file", full)
            with pytest.raises(RunError, match="the disk is full"):
                model.save(tmp_path / folder)
        assert [path.name for path in tmp_path.rglob("*")] == ["empty"]
        model.save(tmp_path / folder)
        shutil.rmtree(tmp_path / folder)
        (tmp_path / "empty").mkdir(exist_ok=True)


def test_a_save_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = NetworkRegressor(**{**SMALL, "epochs": 1}).fit(X[:50], y[:50])
    (tmp_path / "model").write_text("mine")
    with pytest.raises(ValueError, match="is a file"):
        model.save(tmp_path / "model")
    assert (tmp_path / "model").read_text() == "mine"


@pytest.mark.parametrize("setting", [{"trials": 2.0}, {"trials": True}, {"trials": 1, "n_jobs": 0}])
def test_a_number_of_trials_or_jobs_is_whole(setting: dict[str, Any]) -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match="must be a whole number of at least 1"):
        TunedRegressor(**{"n_jobs": 1, **setting}).fit(X, y)


@pytest.mark.parametrize("labels", [[True, False], [3, 10], [1.0, 2.0], ["yes", "no"]])
def test_a_saved_estimator_predicts_the_same_labels_when_it_is_loaded(labels, tmp_path) -> None:
    frame, target = mixed()
    y = pd.Series(np.array(labels)[(target > 1).astype(int)], name="tall")
    model = NetworkClassifier(**SMALL).fit(frame, y)
    model.save(tmp_path / "model")
    loaded = honed.load(tmp_path / "model")
    assert (loaded.target, loaded.task) == ("tall", "binary")
    assert loaded.classes_.tolist() == model.classes_.tolist()
    assert loaded.predict(frame).tolist() == model.predict(frame).tolist()
    np.testing.assert_array_equal(loaded.predict_proba(arrow(frame)), model.predict_proba(frame))


def test_a_loaded_model_of_an_array_takes_arrays_and_frames(tmp_path) -> None:
    X, y = arrays(load_diabetes)
    model = NetworkRegressor(**{**SMALL, "epochs": 5}).fit(X, y)
    model.save(tmp_path / "model")
    loaded = honed.load(tmp_path / "model")
    for table in (X, X.tolist(), pd.DataFrame(X), pd.DataFrame(X, columns=[*"abcdefghij"])):
        np.testing.assert_array_equal(loaded.predict(table), model.predict(X))


def test_a_search_leaves_the_users_process_as_it_was() -> None:
    def state() -> tuple[Any, ...]:
        filters, jax_rules = list(warnings.filters), dict(jax.config.values)
        return optuna.logging.get_verbosity(), filters, jax_rules, np.geterr(), logging.root.level

    level, X = optuna.logging.get_verbosity(), np.random.default_rng(0).normal(size=(80, 2))
    TunedRegressor(trials=1, n_jobs=1, random_state=0).fit(
        X, X[:, 0]
    )  # what is imported may add filters of its own
    assert optuna.logging.get_verbosity() == level
    before = state()
    TunedRegressor(trials=1, n_jobs=1, random_state=0).fit(X, X[:, 0])
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


def test_a_network_that_does_not_learn_is_a_warning() -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.warns(UserWarning, match="the training loss ends at"):
        NetworkRegressor(optimizer="sgd", learning_rate=1e-9, epochs=40, random_state=0).fit(X, y)


@pytest.mark.parametrize("share", [0, 0.0, None, -1.0])
def test_without_early_stopping_no_share_validates(share: Any) -> None:
    X, y = load_diabetes(return_X_y=True)
    settings: dict[str, Any] = {**SMALL, "epochs": 2}
    one = NetworkRegressor(**settings, early_stopping=False, validation_fraction=share).fit(X, y)
    other = NetworkRegressor(**settings, early_stopping=False).fit(X, y)
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    assert np.isnan(one.history_["valid_loss"]).all()


@pytest.mark.parametrize("share", [0, 0.0, 1.0, True, None, "0.1", np.nan])
def test_early_stopping_needs_a_share_that_validates(share: Any) -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match=r"'validation_fraction' is .*or turn early_stopping off"):
        NetworkRegressor(**SMALL, validation_fraction=share).fit(X, y)


def test_early_stopping_holds_out_one_row_at_least() -> None:
    X, y = load_diabetes(return_X_y=True)
    settings: dict[str, Any] = SMALL | {"epochs": 2}
    one = NetworkRegressor(**settings, validation_fraction=0.001).fit(X[:400], y[:400])
    assert np.isfinite(one.history_["valid_loss"]).all()
    with pytest.raises(ValueError, match=r"0\.999, which holds out all 400 rows"):
        NetworkRegressor(**SMALL, validation_fraction=0.999).fit(X[:400], y[:400])


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
def test_rows_of_weight_zero_are_as_if_they_were_not_there(kind: Any) -> None:
    """Wild values, a level and a class of their own: nothing of them is learned or split."""
    frame, y = mixed(120)
    if kind is NetworkClassifier:
        y = np.where(y > 1, "tall", "short").astype(object)
    weights = np.random.default_rng(0).uniform(0.5, 2, 120)
    out = np.arange(120) % 3 == 0
    weights[out] = 0
    frame.loc[out, "size"], frame.loc[out, "kind"] = 1e6, "yew"
    y[out] = "huge" if kind is NetworkClassifier else 1e6
    kept = frame[~out].reset_index(drop=True)
    settings: dict[str, Any] = SMALL | {"epochs": 5}
    one = kind(**settings).fit(frame, y, sample_weight=weights)
    other = kind(**settings).fit(kept, y[~out], sample_weight=weights[~out])
    np.testing.assert_array_equal(one.predict(kept), other.predict(kept))
    assert one.history_ == other.history_
    assert one.model_.encoders == other.model_.encoders


def test_weights_too_small_for_float32_are_zero() -> None:
    X, y = load_diabetes(return_X_y=True)
    weights = np.where(np.arange(len(y)) < 100, 1e-60, 1.0)
    settings: dict[str, Any] = SMALL | {"epochs": 2}
    one = NetworkRegressor(**settings).fit(X, y, sample_weight=weights)
    other = NetworkRegressor(**settings).fit(X[100:], y[100:])
    np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-6)


@pytest.mark.parametrize("weights", [np.zeros(442), np.arange(442) == 7])
def test_weights_that_leave_no_two_rows_are_refused(weights: np.ndarray) -> None:
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ValueError, match="ample weights"):
        NetworkRegressor(**SMALL).fit(X, y, sample_weight=weights)


@pytest.mark.parametrize("weight", [0, -1.0, np.float64(0), np.inf, np.nan, "2", None, True])
def test_a_class_weight_is_above_zero(weight: Any) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    with pytest.raises(ValueError, match=r"class_weight gives the class 1 the weight .* above 0"):
        NetworkClassifier(**SMALL, class_weight={0: 1.0, np.int64(1): weight}).fit(X, y)


def weighted_entropy(model: Any, X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average(-np.log(model.predict_proba(X)[np.arange(len(y)), y]), weights=weights))


def test_the_training_loss_is_a_weighted_mean_whatever_the_scale_of_the_weights() -> None:
    """An untrained network: its loss by hand, and nearly that of a constant answer, so nothing looks wrong."""
    X, y = arrays(load_breast_cancer)
    settings: dict[str, Any] = {
        "depth": 1,
        "width": 8,
        "epochs": 1,
        "optimizer": "sgd",
        "learning_rate": 1e-12,
    }
    settings |= {"early_stopping": False, "random_state": 0, "probes": "usual"}
    model = NetworkClassifier(**settings, class_weight={0: 100, 1: 1}).fit(X, y)
    expected = weighted_entropy(model, X, y, np.where(y == 0, 100.0, 1.0))
    assert model.history_["train_loss"][0] == pytest.approx(expected, rel=1e-4)
    rng = np.random.default_rng(0)
    weights = rng.lognormal(0, 2, len(y))
    model = NetworkClassifier(**settings).fit(X, y, sample_weight=weights)
    assert model.history_["train_loss"][0] == pytest.approx(weighted_entropy(model, X, y, weights), rel=1e-4)


def test_findings_do_not_depend_on_the_scale_of_the_weights() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    settings: dict[str, Any] = SMALL | {"epochs": 20, "probes": "full"}
    weights = np.where(np.arange(len(y)) % 9 == 0, 5.0, 0.5)
    models = [NetworkClassifier(**settings).fit(X, y, sample_weight=factor * weights) for factor in (1, 1024)]
    assert models[0].findings_ == models[1].findings_
    plain = NetworkClassifier(**settings).fit(X, y)
    heavy = NetworkClassifier(**settings, class_weight={0: 100, 1: 1}).fit(X, y)
    errors = [[f.id for f in model.findings_ if f.severity == "error"] for model in (plain, heavy)]
    assert errors == [[], []]


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


def test_predictions_end_beyond_the_training_range_by_the_margin_and_say_so() -> None:
    X = np.linspace(1, 2, 100)[:, None]
    y = 3 * X[:, 0] - 4  # from -1 to 2
    settings: dict[str, Any] = {"depth": 0, "learning_rate": 0.05, "epochs": 100, "random_state": 0}
    far = np.array([[-3.0], [1.5], [6.0]])
    held = NetworkRegressor(**settings, early_stopping=False).fit(X, y)
    with pytest.warns(
        DataWarning, match=r"2 predictions of 3 are held at -1\.15 or 2\.15, .*prediction_margin"
    ):
        np.testing.assert_allclose(held.predict(far)[[0, 2]], [-1.15, 2.15])
    free = NetworkRegressor(**settings, early_stopping=False, prediction_margin=np.inf).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert held.predict(X).max() <= 2.15
        found = free.predict(far)
    assert found[0] < -2 and found[2] > 3
    assert found[1] == held.predict(far[1:2])[0]  # a bound and no more
    assert free.model_.ends == (-np.inf, np.inf)


def test_every_setting_is_a_keyword_with_its_default() -> None:
    for kind in (NetworkSpec, TrainingSpec):
        settings = set(declarations(kind))
        given = NetworkRegressor().get_params()
        assert settings <= set(given)
        assert {name: given[name] for name in settings} == {name: getattr(kind(), name) for name in settings}


@pytest.mark.parametrize("kind", [NetworkRegressor, TunedRegressor])
def test_columns_that_are_left_out_are_named_once(kind: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    X = pd.DataFrame(
        {
            "x": x,
            "when": pd.date_range("2020-01-01", periods=200, freq="h"),
            "parts": [[number, 2] for number in range(200)],
            "customer": [f"c{number:04d}x" for number in range(200)],
            "same": 1,
            "Unnamed: 0": np.arange(200),
        }
    )
    settings: dict[str, Any] = (
        SMALL | {"epochs": 2} if kind is NetworkRegressor else {"trials": 1, "n_jobs": 1}
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kind(**settings).fit(X, x)
    said = [each for each in caught if each.category is DataWarning]
    assert [each.filename for each in said] == [__file__]
    assert re.search(
        r"^3 columns of 6 are left out: 'when' \(dates and times\), 'parts' \(.*\), 'customer' \(nearly every row",
        str(said[0].message),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        kind(**settings).fit(X[["x", "same", "Unnamed: 0"]], x)


def test_spreads_and_quantiles_that_end_with_the_range_are_counted_too() -> None:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (200, 1))
    far = np.array([[0.0], [50.0], [-50.0]])
    settings: dict[str, Any] = SMALL | {"activation": "relu"}
    model = NetworkRegressor(**settings, dropout=0.1).fit(X, X[:, 0])
    with pytest.warns(DataWarning, match=r"2 predictions of 3 are held at") as caught:
        model.predict(far, samples=5, return_std=True)
    assert caught[0].filename == __file__
    model = NetworkRegressor(**settings, loss="quantile", quantiles=(0.1, 0.5, 0.9)).fit(X, X[:, 0])
    for face in (model, model.model_):
        with pytest.warns(DataWarning, match=r"2 predictions of 3 are held at") as caught:
            face.predict_quantiles(far)
        assert caught[0].filename == __file__


def test_rows_that_are_dicts_are_refused_in_a_short_sentence() -> None:
    frame = pd.DataFrame({"a": np.arange(50.0) % 7, "b": np.arange(50.0) % 5})
    rows = frame.to_dict("records")
    settings: dict[str, Any] = SMALL | {"epochs": 1}
    model = NetworkRegressor(**settings).fit(frame, frame["a"])
    array = NetworkRegressor(**settings).fit(frame.to_numpy(), frame["a"])
    for ask in (model.predict, model.model_.predict, array.predict, lambda X: model.fit(X, frame["a"])):
        with pytest.raises(
            ValueError, match=r"X is a list of 50 rows that are dicts.*pandas\.DataFrame\(X\)"
        ):
            ask(rows)
