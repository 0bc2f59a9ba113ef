"""A column that gives the target away is found; a merely strong one is not."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from honed.diagnosis.data.leak import area, leaked_target

RNG = np.random.default_rng(0)
X = RNG.normal(size=400)


@pytest.mark.parametrize("copy", [np.exp(X), -X, X + 1e-5 * RNG.normal(size=400)])
def test_any_monotone_copy_of_a_number_is_an_error(case_of, copy):
    (found,) = leaked_target(case_of({"y": X, "other": RNG.normal(size=400), "copy": copy}))
    assert (found.severity, found.advice) == ("error", {"exclude": ["copy"]})


def test_a_column_of_words_for_the_classes_is_an_error(case_of):
    y = np.array(["no", "yes", "maybe"])[np.arange(300) % 3]
    copy = np.array(["kept", "left", "asked"])[np.arange(300) % 3]
    (found,) = leaked_target(case_of({"y": y, "copy": copy, "other": RNG.normal(size=300)}))
    assert (found.severity, found.evidence["column"]) == ("error", "copy")


def test_a_nearly_perfect_column_is_a_warning_and_a_strong_one_is_fine(case_of):
    y = np.arange(2000) % 2
    near = y + 0.22 * RNG.normal(size=2000)
    strong = y + 0.6 * RNG.normal(size=2000)
    assert roc_auc_score(y, near) > 0.995 and 0.85 < roc_auc_score(y, strong) < 0.92
    (found,) = leaked_target(case_of({"y": np.where(y, "a", "b"), "near": near, "strong": strong}))
    assert (found.severity, found.evidence["column"]) == ("warning", "near")


def test_missing_cells_can_be_the_leak(case_of):
    y = np.arange(400) % 2
    gone = np.where(y == 1, np.nan, RNG.normal(size=400))
    (found,) = leaked_target(
        case_of({"y": np.where(y, "a", "b"), "closed": gone, "other": RNG.normal(size=400)})
    )
    assert found.evidence["column"] == "closed"


def test_noise_and_a_lone_column_are_fine(case_of):
    assert not leaked_target(case_of({"y": X, "a": RNG.normal(size=400), "b": RNG.normal(size=400)}))
    assert not leaked_target(case_of({"y": X, "only": X * 2}))


def test_the_time_that_a_trend_follows_is_no_leak(case_of):
    case = case_of({"y": np.arange(400.0), "day": np.arange(400) ** 1.1, "other": X})
    assert leaked_target(case)
    assert not leaked_target(replace(case, schema=replace(case.schema, time="day")))


def test_the_area_is_scikit_learns_with_ties_too():
    scores, truth = RNG.integers(0, 5, 200) / 4, RNG.random(200) < 0.3
    assert area(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


@pytest.mark.parametrize("scale", [1e-320, 1e300])
def test_a_copy_beyond_single_precision_is_found(case_of, scale):
    cells = {"y": np.where(X > 0, "a", "b"), "other": RNG.normal(size=400), "copy": (X > 0) * scale}
    (found,) = leaked_target(case_of(cells))
    assert (found.severity, found.evidence["column"]) == ("error", "copy")
