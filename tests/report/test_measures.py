from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from honed.report import measures


@pytest.fixture
def said() -> tuple[np.ndarray, np.ndarray]:
    """Rows of two kinds and scores with many ties."""
    rng = np.random.default_rng(0)
    positive = rng.random(400) < 0.3
    return positive, np.round(rng.normal(size=400) + positive, 1)


def test_roc_is_that_of_scikit_learn(said: tuple[np.ndarray, np.ndarray]) -> None:
    false, true = measures.roc(*said)
    expected_false, expected_true, _ = metrics.roc_curve(*said, drop_intermediate=False)
    np.testing.assert_allclose(false, expected_false)
    np.testing.assert_allclose(true, expected_true)


def test_precision_and_recall_are_those_of_scikit_learn(said: tuple[np.ndarray, np.ndarray]) -> None:
    recall, precision = measures.precision_recall(*said)
    expected_precision, expected_recall, _ = metrics.precision_recall_curve(*said)
    np.testing.assert_allclose(recall, expected_recall[:-1][::-1])
    np.testing.assert_allclose(precision, expected_precision[:-1][::-1])


def test_calibration_bins_are_those_counted_by_hand() -> None:
    probability = np.repeat([0.1, 0.8], 40)
    happened = np.zeros(80, bool)
    happened[[0, 1, 2, 3, 4, 5, 6, 7]] = True  # 8 of the first 40
    happened[50:80] = True  # 30 of the last 40
    first, second = measures.calibration(happened, probability)
    assert (first["said"], first["happened"], first["rows"]) == (pytest.approx(0.1), 0.2, 40)
    assert (second["said"], second["happened"], second["rows"]) == (pytest.approx(0.8), 0.75, 40)
    interval = stats.binomtest(8, 40).proportion_ci(method="wilson")
    assert (first["low"], first["high"]) == pytest.approx((interval.low, interval.high), abs=1e-4)
    assert measures.calibration_error([first, second]) == pytest.approx((0.1 + 0.05) / 2)


def test_confusion_counts_true_classes_by_row() -> None:
    rng = np.random.default_rng(1)
    truth, said = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    expected = metrics.confusion_matrix(truth, said, labels=range(4))
    np.testing.assert_array_equal(measures.confusion(truth, said, 4), expected)


def trials(count: int = 200) -> tuple[list[dict[str, object]], np.ndarray]:
    """Settings of which the rate alone decides the loss, but for a little noise."""
    rng = np.random.default_rng(4)
    rates = 10 ** rng.uniform(-4, -1, count)
    settings = [
        {
            "rate": float(rate),
            "activation": str(rng.choice(["relu", "silu"])),
            "depth": int(rng.integers(1, 4)),
        }
        for rate in rates
    ]
    return settings, np.log(rates) + 0.05 * rng.normal(size=count)


def test_the_setting_that_decides_explains_the_losses() -> None:
    first, *others = measures.importances(*trials())
    assert first["setting"] == "rate"
    assert first["share"] > 0.9
    assert [each["share"] < 0.05 for each in others] == [True, True]


def test_importances_depend_on_the_order_of_losses_alone() -> None:
    settings, losses = trials()
    assert measures.importances(settings, np.exp(losses)) == measures.importances(settings, losses)


def test_a_setting_that_only_some_trials_have_is_a_choice_too() -> None:
    settings = [{"dropout": 0.1} if number % 2 else {"dropout": None} for number in range(20)]
    (found,) = measures.importances(settings, [float(number % 2) for number in range(20)])
    assert found["share"] == pytest.approx(1.0)


def test_few_trials_say_nothing() -> None:
    settings, losses = trials(7)
    assert measures.importances(settings, losses) == []
