"""Each metric against scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sk

from honed.errors import InputError
from honed.search.metrics import METRICS, choose

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


def test_a_class_that_no_row_has_leaves_the_area_defined() -> None:
    y, p = classified(4)
    assert 0 <= METRICS["roc_auc"].score(np.where(y == 3, 0, y), p) <= 1
    assert METRICS["roc_auc"].score(np.zeros(5, np.int32), np.full((5, 2), 0.5)) == 0.5


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
