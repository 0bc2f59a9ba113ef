"""Each metric against scikit-learn's."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sk

from honed.errors import InputError
from honed.heads import Head, beside
from honed.metrics import METRICS, choose, class_code, constant, together

Cases = dict[str, Callable[[np.ndarray, np.ndarray], float]]

BINARY: Cases = {
    "log_loss": lambda y, p: sk.log_loss(y, p),
    "accuracy": lambda y, p: float(sk.accuracy_score(y, p.argmax(axis=1))),
    "balanced_accuracy": lambda y, p: float(sk.balanced_accuracy_score(y, p.argmax(axis=1))),
    "f1_macro": lambda y, p: float(sk.f1_score(y, p.argmax(axis=1), average="macro")),
    "roc_auc": lambda y, p: float(sk.roc_auc_score(y, p[:, 1])),
    "average_precision": lambda y, p: float(sk.average_precision_score(y, p[:, 1])),
}
MULTICLASS: Cases = {
    **{name: BINARY[name] for name in ("log_loss", "accuracy", "balanced_accuracy", "f1_macro")},
    "roc_auc": lambda y, p: float(sk.roc_auc_score(y, p, multi_class="ovr")),
}
UNDEFINED = {"roc_auc", "average_precision", "r2"}  # where the truth is one value
REGRESSION: Cases = {
    "root_mean_squared_error": sk.root_mean_squared_error,
    "mean_absolute_error": sk.mean_absolute_error,
    "r2": sk.r2_score,
}


def classified(classes: int, rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Codes and probabilities; rounded, so that some scores are tied."""
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, rows).astype(np.int32)
    p = np.round(rng.dirichlet(np.ones(classes), rows) + 0.5 * np.eye(classes)[y], 1) + 0.05
    return y, p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", BINARY)
def test_two_classes_score_as_in_scikit_learn(name: str) -> None:
    y, p = classified(2)
    assert METRICS[name].score(y, p) == pytest.approx(BINARY[name](y, p), abs=1e-12)


@pytest.mark.parametrize("name", MULTICLASS)
def test_more_classes_score_as_in_scikit_learn(name: str) -> None:
    y, p = classified(4)
    assert METRICS[name].score(y, p) == pytest.approx(MULTICLASS[name](y, p), abs=1e-12)


@pytest.mark.parametrize("name", REGRESSION)
def test_values_score_as_in_scikit_learn(name: str) -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=100)
    values = y + rng.normal(size=100)
    assert METRICS[name].score(y, values) == pytest.approx(REGRESSION[name](y, values), rel=1e-12)


def test_every_metric_is_compared_above() -> None:
    assert set(METRICS) == {*BINARY, *REGRESSION}
    for name, metric in METRICS.items():
        assert ("multiclass" in metric.tasks) == (name in MULTICLASS)


def test_a_lower_loss_is_always_the_better_prediction() -> None:
    y, p = classified(2)
    sure, blind = 0.9 * np.eye(2)[y] + 0.05, np.full_like(p, 0.5)
    sure[0], blind[0] = sure[0, ::-1], [0.4, 0.6]
    for name in BINARY:
        assert METRICS[name].loss(y, sure) < METRICS[name].loss(y, blind)
    values = y.astype(float)
    for name in REGRESSION:
        assert METRICS[name].loss(values, values + 0.1) < METRICS[name].loss(values, values + 0.5)


def test_names_may_be_short_or_negated_as_in_scikit_learn() -> None:
    assert choose("rmse", "regression").name == "root_mean_squared_error"
    assert choose("neg_log_loss", "binary").name == "log_loss"
    assert choose(None, "regression").name == "root_mean_squared_error"
    assert choose(None, "multiclass").name == "log_loss"


def test_an_unknown_metric_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no metric 'acuracy'.*Did you mean 'accuracy'"):
        choose("acuracy", "binary")
    with pytest.raises(InputError, match=r"does not fit a regression target.*r2"):
        choose("roc_auc", "regression")


@pytest.mark.parametrize("classes", [3, 5])
def test_a_class_that_is_not_there_counts_in_no_score(classes: int) -> None:
    y, p = classified(classes)
    y[y == 1] = 0
    present = np.unique(y)
    areas = [sk.roc_auc_score(y == code, p[:, code]) for code in present]
    assert METRICS["roc_auc"].score(y, p) == pytest.approx(np.mean(areas), abs=1e-12)
    assert METRICS["log_loss"].score(y, p) == pytest.approx(sk.log_loss(y, p, labels=np.arange(classes)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of answers that are no true class
        for name in ("balanced_accuracy", "f1_macro", "accuracy"):
            assert METRICS[name].score(y, p) == pytest.approx(MULTICLASS[name](y, p), abs=1e-12), name


@pytest.mark.parametrize(("name", "defined"), [(name, name not in UNDEFINED) for name in METRICS])
def test_a_score_that_is_undefined_is_none_and_a_tie(name: str, defined: bool) -> None:
    metric = METRICS[name]
    truth = np.zeros(9, np.int32)
    told = classified(2, 9)[1] if "binary" in metric.tasks else np.arange(9.0)
    assert metric.is_defined(truth, told.shape[1:]) is defined
    assert np.isnan(metric.score(truth, told)) != defined
    assert np.isfinite(metric.loss(truth, told))
    assert defined or metric.loss(truth, told) == metric.loss(truth, told[::-1]) == 0


def test_a_constant_with_no_exact_mean_has_no_variance() -> None:
    assert np.isnan(METRICS["r2"].score(np.full(3, 0.1), np.arange(3.0)))


def test_average_precision_is_of_the_class_that_is_asked_for() -> None:
    y, p = classified(2)
    for code in (0, 1):
        found = METRICS["average_precision"].of(code).score(y, p)
        assert found == pytest.approx(sk.average_precision_score(y == code, p[:, code]), abs=1e-12)
    assert METRICS["roc_auc"].of(0) == METRICS["roc_auc"]


def test_a_positive_class_is_one_of_two() -> None:
    assert class_code("1.0", "binary", ("0", "1")) == 1
    with pytest.raises(InputError, match="no class 'x' to be the positive one; there are 'a', 'b'"):
        class_code("x", "binary", ("a", "b"))
    with pytest.raises(InputError, match="the target is 3 classes"):
        class_code("a", "multiclass", ("a", "b", "c"))


def test_several_targets_are_compared_by_their_share_of_a_guess() -> None:
    rng = np.random.default_rng(3)
    kind, p = classified(3)
    size = 1000 * rng.normal(size=len(kind))
    heads, truth = [Head("kind", 3), Head("size", weight=3.0)], beside([kind, size])
    shares = np.tile(np.bincount(kind) / len(kind), (len(kind), 1))
    guess = [shares, np.full(len(kind), size.mean())]
    metric = together(heads, guess, truth)
    assert metric.score(truth, beside(guess)) == pytest.approx(1)
    assert metric.score(truth, beside([np.eye(3)[kind], size])) == pytest.approx(0)
    told = size + 100 * rng.normal(size=len(kind))
    wanted = sk.log_loss(kind, p) / sk.log_loss(kind, shares) / 4
    wanted += sk.root_mean_squared_error(size, told) / size.std() * 3 / 4
    assert metric.loss(truth, beside([p, told])) == pytest.approx(wanted)


def test_a_guess_gives_a_class_that_it_has_not_seen_half_a_row() -> None:
    np.testing.assert_allclose(constant(np.array([0, 0, 1]), 2, 2), [[2 / 3, 1 / 3]] * 2)
    np.testing.assert_allclose(constant(np.array([0, 0, 1]), 3, 1), [[2 / 3.5, 1 / 3.5, 0.5 / 3.5]])
