from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from told_runs import Make, outer, unseen


def test_values_are_measured_as_scikit_learn_does(make: Make) -> None:
    run = make("regression")
    truth, told = outer(run)
    part = unseen(run)
    assert part["predicted"]["r2"] == pytest.approx(metrics.r2_score(truth, told))
    assert part["predicted"]["median_error"] == pytest.approx(metrics.median_absolute_error(truth, told))
    assert sum(part["residuals"]["counts"]) == len(truth)
    assert part["residuals"]["mean"] == pytest.approx((truth - told).mean())
    error, is_high = np.abs(truth - told), told > np.median(told)
    assert part["residuals"]["spread"] == pytest.approx(
        np.median(error[is_high]) / np.median(error[~is_high]), rel=0.1
    )
