from __future__ import annotations

import pytest
from sklearn import metrics
from told_runs import Make, outer, unseen


def test_two_classes_are_measured_as_scikit_learn_does(make: Make) -> None:
    run = make("binary")
    truth, told = outer(run)
    part = unseen(run)
    assert part["rows"] == len(truth)
    assert part["confusion"]["matrix"] == metrics.confusion_matrix(truth, told.argmax(axis=1)).tolist()
    (curve,) = part["roc"]["curves"]
    assert curve["class"] == "yes"
    assert curve["area"] == pytest.approx(metrics.roc_auc_score(truth, told[:, 1]))
    (curve,) = part["precision_recall"]["curves"]
    assert curve["area"] == pytest.approx(metrics.average_precision_score(truth, told[:, 1]))
    assert sum(each["rows"] for each in part["calibration"]["bins"]) == len(truth)


def test_more_classes_are_measured_one_against_the_rest(make: Make) -> None:
    run = make("multiclass", labels=("low", "middle", "high"))
    truth, told = outer(run)
    areas = {curve["class"]: curve["area"] for curve in unseen(run)["roc"]["curves"]}
    expected = {
        name: metrics.roc_auc_score(truth == code, told[:, code])
        for code, name in enumerate(run.model.classes)
    }
    assert areas == pytest.approx(expected)
