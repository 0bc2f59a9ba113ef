"""The four estimators against scikit-learn's own contract, and in the places where people use them."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from honed import NetworkClassifier, NetworkRegressor, TunedClassifier, TunedRegressor

NETWORK = {
    "depth": 1,
    "width": 32,
    "epochs": 60,
    "learning_rate": 0.02,
    "schedule": "cosine",
    "random_state": 0,
}
TUNED = {"trials": 1, "n_jobs": 1, "random_state": 0}
WEIGHTS = (
    "rows are shuffled and dealt into batches and validation rows by position, so a row of weight 2 is not the same "
    "as the row given twice"
)
UNEQUAL = {
    "check_sample_weight_equivalence_on_dense_data": WEIGHTS,
    "check_sample_weight_equivalence_on_sparse_data": WEIGHTS,
}


@parametrize_with_checks(
    [NetworkClassifier(**NETWORK), NetworkRegressor(**NETWORK)],
    expected_failed_checks=lambda estimator: UNEQUAL,
)
def test_networks_keep_the_contract(estimator, check) -> None:
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks([TunedClassifier(**TUNED), TunedRegressor(**TUNED)])
def test_tuned_networks_keep_the_contract(estimator, check) -> None:
    check(estimator)
