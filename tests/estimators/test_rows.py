"""Which rows train and validate, and how much each counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from small_estimators import SMALL, arrays, mixed

from honed import NetworkClassifier, NetworkRegressor
from honed.estimators.rows import class_factors, split


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


@pytest.mark.parametrize("scale", [1e308, 1e-320, 1.0])
def test_class_weights_of_any_scale_train_the_same(scale: float) -> None:
    X, y = load_breast_cancer(return_X_y=True)
    settings: dict[str, Any] = SMALL | {"epochs": 2}
    plain = NetworkClassifier(**settings, class_weight={0: 1.0, 1: 1.0}).fit(X, y)
    found = NetworkClassifier(**settings, class_weight={0: scale, 1: scale}).fit(X, y)
    np.testing.assert_array_equal(found.predict_proba(X), plain.predict_proba(X))


def test_class_weights_may_be_a_series() -> None:
    found = class_factors(pd.Series({"b": 1.0, "a": 2.0}), np.array(["a", "b"]), np.array([3, 4]))
    assert found[0] == 2 * found[1] > 0


@pytest.mark.parametrize("share", [0.98, 0.9])
def test_a_share_that_leaves_fewer_rows_than_classes_splits_without_them(share: float) -> None:
    y = (np.arange(60) % 10).astype(np.int32)
    train, valid = split(y, True, share, 0)
    assert len(valid) == round(60 * share)
    assert sorted([*train, *valid]) == list(range(60))


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


def test_quantiles_rise_and_hold_their_shares_of_rows() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 1))
    y = X[:, 0] + rng.normal(size=2000)
    settings = {**SMALL, "epochs": 30, "loss": "quantile", "quantiles": (0.1, 0.5, 0.9)}
    model = NetworkRegressor(**settings).fit(X[:1000], y[:1000])
    found = model.predict_quantiles(X[1000:])
    assert (np.diff(found, axis=1) >= 0).all()
    np.testing.assert_allclose((y[1000:, None] < found).mean(axis=0), (0.1, 0.5, 0.9), atol=0.05)


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


def test_groups_stay_on_one_side_and_about_that_share_is_held_out() -> None:
    groups = np.repeat(np.arange(20, dtype=np.int32), 10)
    y = np.arange(200, dtype=np.int32) % 2
    train, valid = split(y, True, 0.2, 3, groups)
    assert not set(groups[train]) & set(groups[valid]) and 20 <= len(valid) <= 40
    np.testing.assert_array_equal(np.sort([*train, *valid]), np.arange(200))
    assert train.dtype == valid.dtype == np.int32
    other, _ = split(y, True, 0.2, 4, groups)
    assert not np.array_equal(other, train)
