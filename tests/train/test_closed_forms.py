"""Without a hidden layer the network is a linear model, whose best coefficients are known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from honed import NetworkRegressor


def standardised() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns and target of mean 0 and spread 1, and the target in its own units."""
    X, y = load_diabetes(return_X_y=True)
    y = np.asarray(y)
    return StandardScaler().fit_transform(X), (y - y.mean()) / y.std(), y


def coefficients(l1: float = 0.0, l2: float = 0.0) -> np.ndarray:
    """Those of the network after enough full-batch steps, (columns,)."""
    X, _, y = standardised()
    model = NetworkRegressor(
        depth=0,
        numeric_scaling="none",
        batch_size="full",
        early_stopping=False,
        optimizer="sgd",
        momentum=0.9,
        learning_rate=0.02,
        epochs=1500,
        l1=l1,
        l2=l2,
        random_state=0,
    ).fit(X, y)
    return model.model_.members[0].params["0.weight"][:, 0]


def test_without_a_penalty_it_is_least_squares() -> None:
    X, y, _ = standardised()
    expected = LinearRegression().fit(X, y).coef_
    np.testing.assert_allclose(coefficients(), expected, atol=0.01 * np.abs(expected).max())


@pytest.mark.parametrize("l2", [0.05, 1.0])
def test_l2_gives_the_coefficients_of_ridge_regression(l2: float) -> None:
    X, y, _ = standardised()
    expected = Ridge(alpha=len(y) * l2).fit(X, y).coef_
    np.testing.assert_allclose(coefficients(l2=l2), expected, rtol=0.01)


@pytest.mark.parametrize("l1", [0.05, 0.2])
def test_l1_gives_the_coefficients_and_the_zeros_of_the_lasso(l1: float) -> None:
    X, y, _ = standardised()
    expected = Lasso(alpha=l1 / 2, tol=1e-10).fit(X, y).coef_  # its squared error has a half
    found = coefficients(l1=l1)
    assert 0 < (expected == 0).sum() < len(expected)
    np.testing.assert_array_equal(found == 0, expected == 0)
    np.testing.assert_allclose(found, expected, rtol=0.02)
