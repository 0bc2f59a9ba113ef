"""Which networks vote, with what weight, and how sure they may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from honed.metrics import row_losses
from honed.model.model import sharpen

_LEAST = 1e-15  # probability: no single row that is wrongly sure may decide alone
_PRIOR = 5.0  # of log T: a standard deviation of 0.32

Loss = Callable[[np.ndarray, np.ndarray], float]


def select(predictions: Sequence[np.ndarray], truth: np.ndarray, loss: Loss, rounds: int = 20) -> np.ndarray:
    """Weights of a greedy ensemble, float64 (candidates,), summing to 1.

    Each round adds, with replacement, the candidate that lowers the loss of the average most; the best round
    is kept (Caruana et al. 2004).

    Parameters
    ----------
    predictions : one array for each candidate, rows first, for rows that none of them was trained on.
    """
    votes = np.zeros(len(predictions))
    best, best_loss = votes, np.inf
    total = np.zeros_like(predictions[0], dtype=np.float64)
    for count in range(1, rounds + 1):
        losses = [loss(truth, (total + candidate) / count) for candidate in predictions]
        winner = int(np.argmin(losses))
        votes = votes + np.eye(len(predictions))[winner]
        total = total + predictions[winner]
        if losses[winner] < best_loss:
            best, best_loss = votes, losses[winner]
    return best / best.sum()


def average(predictions: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """The weighted mean of the predictions."""
    total = np.zeros_like(predictions[0], dtype=np.float64)
    for prediction, weight in zip(predictions, weights, strict=True):
        if weight:
            total += weight * prediction
    return total


def cross_fitted(
    predictions: Sequence[np.ndarray], truth: np.ndarray, loss: Loss, rng: np.random.Generator
) -> np.ndarray:
    """Predictions of ensembles that were each chosen without the rows they are used on (two halves)."""
    half = rng.permutation(len(truth)) % 2 == 0
    result = np.zeros_like(predictions[0], dtype=np.float64)
    for part in (half, ~half):
        weights = select([candidate[~part] for candidate in predictions], truth[~part], loss)
        result[part] = average([candidate[part] for candidate in predictions], weights)
    return result


def advantage(truth: np.ndarray, better: np.ndarray, default: np.ndarray) -> tuple[float, float]:
    """Mean lead of `better` over `default` by row, and its standard error."""
    lead = row_losses(truth, default, _LEAST) - row_losses(truth, better, _LEAST)
    return float(lead.mean()), float(lead.std(ddof=1) / np.sqrt(len(lead))) if len(lead) > 1 else np.inf


def temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """The temperature in [1/8, 8] that suits rows that were not trained on (arXiv 1706.04599).

    Least total log-loss plus 5 (log T)², a normal prior: few rows that all happen to be right must not make the
    model boundlessly sure.
    """

    def cost(log_t: float) -> float:
        sharpened = sharpen(probabilities, float(np.exp(log_t)))
        return float(row_losses(truth, sharpened, _LEAST).sum()) + _PRIOR * log_t**2

    low, high = -np.log(8), np.log(8)
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(24):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if cost(left) <= cost(right):
            high = right
        else:
            low = left
    return round(float(np.exp((low + high) / 2)), 4)


def interval(
    truth: np.ndarray, predictions: np.ndarray, loss: Loss, rng: np.random.Generator, draws: int = 200
) -> tuple[float, float]:
    """95 % interval of a score by resampling rows (percentile bootstrap), of the draws where it is defined.

    NaN where it is defined in none; and for one row, which says nothing of others.
    """
    if len(truth) < 2:
        return np.nan, np.nan
    values = []
    for _ in range(draws):
        rows = rng.integers(0, len(truth), len(truth))
        values.append(loss(truth[rows], predictions[rows]))
    if np.isnan(values).all():
        return np.nan, np.nan
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
