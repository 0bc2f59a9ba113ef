"""Losses against scikit-learn's and the textbook's."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    mean_gamma_deviance,
    mean_pinball_loss,
    mean_poisson_deviance,
)

from honed.model.outputs import softmax
from honed.train.knobs import Knobs
from honed.train.losses import LOSSES, MONITORS, chance
from honed.train.spec import TrainingSpec

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(30, 4)).astype(np.float32) * 3
CLASSES = np.arange(30) % 4
VALUES = RNG.normal(size=30).astype(np.float32)


NOTHING: dict[str, Any] = dict.fromkeys(Knobs._fields)  # a loss that asks for another number fails


def by_row(name: str, outputs: np.ndarray, targets: np.ndarray, **knobs: float) -> np.ndarray:
    usual = {"label_smoothing": 0.0, "huber_delta": 1.0}
    settings = {key: jnp.asarray(value, jnp.float32) for key, value in (usual | knobs).items()}
    return np.asarray(LOSSES[name](jnp.asarray(outputs), jnp.asarray(targets), Knobs(**NOTHING | settings)))


def test_cross_entropy_is_the_log_loss() -> None:
    got = by_row("cross_entropy", LOGITS, CLASSES)
    assert abs(got.mean() - log_loss(CLASSES, softmax(LOGITS))) < 1e-5


def test_smoothing_is_the_loss_against_softened_targets() -> None:
    got = by_row("cross_entropy", LOGITS, CLASSES, label_smoothing=0.2)
    wanted = 0.8 * np.eye(4)[CLASSES] + 0.2 / 4
    np.testing.assert_allclose(got, -(wanted * np.log(softmax(LOGITS))).sum(axis=1), rtol=1e-4)


def test_squared_error_has_no_half() -> None:
    got = by_row("squared", LOGITS[:, :1], VALUES)
    np.testing.assert_allclose(got, (LOGITS[:, 0] - VALUES) ** 2, rtol=1e-5)


def test_squared_error_of_classes_is_the_brier_score() -> None:
    shares = softmax(LOGITS)
    got = by_row("squared", shares.astype(np.float32), CLASSES)
    score = brier_score_loss(CLASSES, shares, scale_by_half=False)  # type: ignore[arg-type]
    assert got.mean() == pytest.approx(score, rel=1e-5)


def test_absolute_error_is_scikit_learns() -> None:
    got = by_row("absolute", LOGITS[:, :1], VALUES)
    assert got.mean() == pytest.approx(mean_absolute_error(VALUES, LOGITS[:, 0]), rel=1e-6)


def test_huber_is_half_the_square_within_delta_and_straight_beyond() -> None:
    got = by_row("huber", np.array([[0.5], [-3.0]], np.float32), np.zeros(2, np.float32), huber_delta=2.0)
    np.testing.assert_allclose(got, [0.125, 2 * (3 - 1)])


def test_quantile_is_the_mean_pinball_loss_of_the_outputs() -> None:
    shares = (0.1, 0.5, 0.9)
    got = by_row("quantile", LOGITS[:, :3], VALUES, quantiles=shares)  # type: ignore[arg-type]
    wanted = [mean_pinball_loss(VALUES, LOGITS[:, i], alpha=share) for i, share in enumerate(shares)]
    assert got.mean() == pytest.approx(np.mean(wanted), rel=1e-5)


def test_poisson_and_gamma_are_half_the_deviance_of_scikit_learn() -> None:
    counts = np.abs(VALUES).round(1)  # some are 0
    assert not counts.all()
    expected = np.exp(LOGITS[:, 0].astype(np.float64))
    got = by_row("poisson", LOGITS[:, :1], counts)
    assert got.mean() == pytest.approx(mean_poisson_deviance(counts, expected) / 2, rel=1e-4)
    amounts = counts + np.float32(0.1)
    got = by_row("gamma", LOGITS[:, :1], amounts)
    assert got.mean() == pytest.approx(mean_gamma_deviance(amounts, expected) / 2, rel=1e-4)


def test_monitors_are_scikit_learns() -> None:
    wrong = np.asarray(MONITORS["accuracy"](jnp.asarray(LOGITS), jnp.asarray(CLASSES), Knobs(**NOTHING)))
    assert 1 - wrong.mean() == pytest.approx(accuracy_score(CLASSES, LOGITS.argmax(axis=1)))
    watched = MONITORS["mean_absolute_error"]
    error = np.asarray(watched(jnp.asarray(LOGITS[:, :1]), jnp.asarray(VALUES), Knobs(**NOTHING)))
    assert error.mean() == pytest.approx(mean_absolute_error(VALUES, LOGITS[:, 0]), rel=1e-6)
    knobs = Knobs(**NOTHING | {"middle": jnp.asarray([0.25, 0.75])})
    error = np.asarray(watched(jnp.asarray(LOGITS[:, :2]), jnp.asarray(VALUES), knobs))
    between = 0.25 * LOGITS[:, 0] + 0.75 * LOGITS[:, 1]
    assert error.mean() == pytest.approx(mean_absolute_error(VALUES, between), rel=1e-6)


@pytest.mark.parametrize("name", ["squared", "absolute", "huber", "quantile", "poisson", "gamma"])
def test_chance_is_the_best_that_one_answer_can_do(name: str) -> None:
    """Against a search over answers: no constant is better, and one is as good."""
    rng = np.random.default_rng(3)
    targets, weights = rng.normal(size=200).astype(np.float32), rng.uniform(0.5, 2, 200)
    if name in ("poisson", "gamma"):
        targets = np.abs(targets) + np.float32(0.1)
    training = TrainingSpec(quantiles=(0.5,))
    known = {"huber_delta": 1.0, "quantiles": np.array([0.5]), "label_smoothing": 0.0}
    knobs = Knobs(**NOTHING | known)

    def mean(answer: float) -> float:
        rows = np.asarray(LOSSES[name](jnp.full((200, 1), answer), jnp.asarray(targets), knobs))
        return float((rows * weights).sum() / weights.sum())

    least = min(mean(answer) for answer in np.linspace(-1, 1, 401))
    # the Huber loss is measured at the median, which is near its best answer but not it
    assert chance(name, targets, weights, training) == pytest.approx(
        least, rel=0.02 if name == "huber" else 1e-3
    )


def test_chance_of_classes_is_their_entropy() -> None:
    targets = np.array([0, 0, 0, 1], np.int32)
    training = TrainingSpec()
    entropy = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    assert chance("cross_entropy", targets, np.ones(4), training) == pytest.approx(entropy)
    assert chance("cross_entropy", targets, np.array([1, 1, 1, 3.0]), training) == pytest.approx(np.log(2))
    assert chance("squared", targets, np.ones(4), training) == pytest.approx(2 * 0.75 * 0.25)
