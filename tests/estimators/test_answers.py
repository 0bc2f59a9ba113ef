"""Targets of every kind, and what is predicted of them."""

from __future__ import annotations

import re
import warnings
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state
from small_estimators import NETWORKS, SMALL, arrays, arrow, mixed

import honed
from honed import NetworkClassifier, NetworkRegressor
from honed.errors import DataWarning, InputError
from honed.estimators.rows import split

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


@pytest.mark.parametrize(
    "kind",
    [pd.Series, np.array, pd.DataFrame, pl.DataFrame, pa.table, "column"],
    ids=["Series", "array", "pandas", "Polars", "Arrow", "column"],
)
def test_a_target_of_one_column_is_checked_like_a_series(kind: Any) -> None:
    words = np.array(["a", "b"] * 6, dtype=object)
    gap = words.copy()
    gap[3] = None

    def given(cells: np.ndarray) -> Any:
        if kind == "column":
            return cells[:, None]
        return kind({"y": cells.tolist()} if kind in (pd.DataFrame, pl.DataFrame, pa.table) else cells)

    X = np.arange(24.0).reshape(12, 2)
    for rows in (X, pd.DataFrame(X, columns=["a", "b"])):
        for network in NETWORKS:
            with pytest.raises(honed.InputError, match=r"y contains NaN: the target of row 4|'a' in row 1"):
                clone(network).fit(rows, given(gap))
        with pytest.raises(honed.InputError, match=r"^y holds 'a' in row 1, which is no number"):
            NetworkRegressor(**SMALL).fit(rows, given(words))
    with pytest.raises(honed.InputError, match=r"^y holds 'a' in row 1"):
        NetworkRegressor(**SMALL).fit(X, words.astype(str))


@pytest.mark.parametrize("network", NETWORKS)
def test_masked_targets_are_missing(network) -> None:
    X, mask = np.arange(24.0).reshape(12, 2), np.arange(12) == 5
    y = np.ma.masked_array(np.arange(12) % 2, mask)
    for target in (y, y[:, None]):
        with pytest.raises(honed.InputError, match="the target of row 6 is missing"):
            clone(network).fit(X, target)
    model: Any = clone(network).set_params(epochs=1)  # pyright: ignore[reportAttributeAccessIssue]
    np.testing.assert_array_equal(
        model.fit(X, np.ma.masked_array(y.data)).predict(X), model.fit(X, y.data).predict(X)
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


def test_labels_come_back_as_they_were_given() -> None:
    frame, target = mixed()
    labels = np.where(target > 1, "tall", "short")
    model = NetworkClassifier(**SMALL).fit(frame, labels)
    assert list(model.classes_) == ["short", "tall"]
    assert set(model.predict(frame)) <= {"short", "tall"}
    np.testing.assert_allclose(model.predict_proba(frame).sum(axis=1), 1)


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


def test_an_output_activation_needs_a_squared_loss_for_classes() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    settings: dict[str, Any] = SMALL | {"epochs": 10, "activation": "sigmoid", "output_activation": "sigmoid"}
    with pytest.raises(ValueError, match="'output_activation' is 'sigmoid', but cross-entropy"):
        NetworkClassifier(**settings).fit(X, y)
    model = NetworkClassifier(**settings, loss="squared").fit(X, y)
    assert model.score(X, y) > 0.9
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)


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


@pytest.mark.parametrize(
    "labels",
    [
        pd.to_datetime(["2020-01-01 00:00:00.0", "2021-06-30 10:00:00.5"]),
        np.array(["2020-01", "2021-06"], "datetime64[M]"),
        pl.Series([date(2020, 1, 1), date(2021, 6, 30)]),
        pd.to_timedelta([1, 36], unit="h"),
        np.array([-1, 2], "timedelta64[ns]"),
        np.array([1, -2], np.int8),
        np.array([0, 2**63 + 5], np.uint64),
        np.array([1, 2], np.float32),
        np.array(["a", "bc"]),
    ],
)
def test_labels_have_their_type_again_when_they_are_loaded(labels: Any, tmp_path) -> None:
    labels = np.asarray(labels)
    X = np.arange(40.0).reshape(20, 2)
    model = NetworkClassifier(**{**SMALL, "epochs": 1}).fit(X, labels[np.arange(20) % 2])
    model.save(tmp_path / "model")
    loaded = honed.load(tmp_path / "model")
    for found in (model.predict(X), loaded.predict(X), loaded.classes_):
        assert found.dtype == labels.dtype
        assert set(found.tolist()) <= set(labels.tolist())
    np.testing.assert_array_equal(loaded.classes_, model.classes_)


@pytest.mark.parametrize(
    "labels", [np.array([1, 2], "timedelta64[M]"), np.array([2**60, 2**60 + 1], "timedelta64[ns]")]
)
def test_labels_that_a_saved_model_could_not_give_back_are_refused(labels: np.ndarray) -> None:
    X = np.arange(40.0).reshape(20, 2)
    with pytest.raises(honed.InputError, match=r"^y holds .*give back as it is\. Give the labels as texts"):
        NetworkClassifier(**SMALL).fit(X, labels[np.arange(20) % 2])


def test_a_loaded_model_of_an_array_takes_arrays_and_frames(tmp_path) -> None:
    X, y = arrays(load_diabetes)
    model = NetworkRegressor(**{**SMALL, "epochs": 5}).fit(X, y)
    model.save(tmp_path / "model")
    loaded = honed.load(tmp_path / "model")
    for table in (X, X.tolist(), pd.DataFrame(X), pd.DataFrame(X, columns=[*"abcdefghij"])):
        np.testing.assert_array_equal(loaded.predict(table), model.predict(X))


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


@pytest.mark.filterwarnings("ignore::honed.errors.DataWarning")
def test_a_network_has_intervals_of_the_rows_that_stopped_it() -> None:
    frame, target = mixed()
    network = NetworkRegressor(**SMALL).set_params(epochs=8).fit(frame, target)
    _, valid = split(target, True, 0.1, int(check_random_state(0).randint(2**31 - 1)))
    errors = np.sort(np.abs(target - network.predict(frame))[valid])
    ends = network.predict_interval(frame, 0.8)
    assert ends.shape == (200, 2) and ends.dtype == np.float64
    expected = network.predict(frame)[:, None] + errors[16] * np.array([-1, 1])  # the 17th of 20: 0.8 of 21
    np.testing.assert_allclose(ends, np.clip(expected, *network.model_.ends))
    with pytest.raises(ValueError, match=r"Intervals of 0\.99 need 99 rows"):
        network.predict_interval(frame, 0.99)
    with pytest.raises(ValueError, match="without rows to validate on"):
        network.set_params(early_stopping=False).fit(frame, target).predict_interval(frame)
    with pytest.raises(NotFittedError):
        NetworkRegressor().predict_interval(frame)


def two_targets() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)})
    return X, pd.DataFrame({"sum": 10 * (X["a"] + X["b"]), "less": X["a"] - X["b"]})


def test_several_numbers_are_predicted_in_columns() -> None:
    X, y = two_targets()
    settings = {"hidden_sizes": [16], "epochs": 60, "learning_rate": 0.02, "random_state": 0}
    model = NetworkRegressor(**settings).fit(X, y)
    values = model.predict(X)
    assert values.shape == (120, 2) and model.score(X, y) > 0.9
    each = model.model_.predict_each(X)
    assert list(each) == ["sum", "less"]
    np.testing.assert_array_equal(values, np.column_stack(list(each.values())))
    of_arrays = NetworkRegressor(**settings).fit(X.to_numpy(), y.to_numpy())
    assert [target.name for target in of_arrays.model_.schema.targets] == ["target_0", "target_1"]
    np.testing.assert_allclose(of_arrays.predict(X.to_numpy()), values, rtol=1e-4, atol=1e-4)
    for call in (lambda: model.predict_interval(X), lambda: model.predict(X, samples=3)):
        with pytest.raises(InputError, match="target"):
            call()


def test_several_labels_have_probabilities_each(tmp_path: Path) -> None:
    X, y = two_targets()
    labels = pd.DataFrame({"sign": y["sum"] > 0, "size": np.where(y["less"].abs() > 1, "far", "near")})
    settings = {"hidden_sizes": [16], "epochs": 60, "learning_rate": 0.02, "random_state": 0}
    model = NetworkClassifier(**settings).fit(X, labels)
    assert [classes.tolist() for classes in model.classes_] == [[False, True], ["far", "near"]]
    chances, found = model.predict_proba(X), model.predict(X)
    assert [own.shape for own in chances] == [(120, 2), (120, 2)]
    for number, (own, classes) in enumerate(zip(chances, model.classes_, strict=True)):
        np.testing.assert_allclose(own.sum(axis=1), 1)
        assert found[:, number].tolist() == classes[own.argmax(axis=1)].tolist()
    assert (found == labels.to_numpy()).mean() > 0.85
    model.save(tmp_path / "two")
    again = honed.load(tmp_path / "two").predict_each(X)
    assert np.column_stack(list(again.values())).tolist() == found.tolist()
    with pytest.raises(InputError, match="column 1 of y holds one class only"):
        NetworkClassifier(**settings).fit(X, labels.assign(size="far"))
    with pytest.raises(InputError, match="class_weight weighs the classes of one target, and y has 2"):
        NetworkClassifier(**settings, class_weight="balanced").fit(X, labels)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([f"{row}%" for row in range(30)], "numbers in %, such as '0%' as 0: give such plain numbers."),
        (
            [f"${row}.50" for row in range(30)],
            "numbers in $, such as '$0.50' as 0.5: give such plain numbers.",
        ),
        ([f"2021-01-{row + 1:02d}" for row in range(30)], "Dates and times are none: choose a unit"),
        ([*map(str, range(29)), "NA"], "'NA' in row 30, .* Leave rows out whose target is not known."),
        ([*map(str, range(29)), "1O5"], "'1O5' in row 30, .* correct the cell, or leave the row out."),
        (["red", "blue", "green"] * 10, "'red' in row 1, .* Give numbers, or use a classifier."),
    ],
)
def test_a_regressor_says_how_a_target_of_texts_becomes_numbers(y, said):
    X = np.arange(30.0)[:, None]
    with pytest.raises(InputError, match="which is no number") as error:
        NetworkRegressor(**SMALL).fit(X, y)
    assert re.search(said.replace("$", r"\$"), str(error.value))
    with pytest.raises(InputError, match="which is no number"):
        NetworkRegressor(**SMALL).fit(X, pd.Series(y))


def test_a_missing_label_of_several_targets_is_named_as_such() -> None:
    y = np.array([[0.0, 1.0], [1.0, np.nan]] * 10)
    with pytest.raises(ValueError, match="NaN"):
        NetworkClassifier().fit(np.arange(20.0)[:, None], y)


def test_numbers_beside_classes_are_refused_with_what_takes_both() -> None:
    y = pd.DataFrame({"kind": ["a", "b"] * 10, "size": np.arange(20) + 0.5})
    with pytest.raises(
        InputError, match=r"column 1 of y holds numbers with fractions.*honed fit.*several --target"
    ):
        NetworkClassifier().fit(pd.DataFrame({"x": np.arange(20.0)}), y)
