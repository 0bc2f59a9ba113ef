"""Which networks vote, with what weight, and how sure they may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.heads import Head, apart, truths
from honed.metrics import Metric, default_metric, root_mean_squared_error, row_losses
from honed.model.outputs import sharpen

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Real

_LEAST = 1e-15  # probability: no single row that is wrongly sure may decide alone
_DRAWS = 500  # for a standard error that is itself 3 % wrong
_PRIOR = 5.0  # of log T: a standard deviation of 0.32

Loss = Callable[[np.ndarray, np.ndarray], float]
Choose = Callable[[Sequence[np.ndarray], np.ndarray, Loss], np.ndarray]


def select(
    predictions: Sequence[Real[np.ndarray, "rows ..."]],
    truth: Real[np.ndarray, "rows ..."],
    loss: Loss,
    rounds: int = 20,
) -> Float64[np.ndarray, " candidates"]:
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


def for_each(choose: Choose, heads: Sequence[Head]) -> Choose:
    """What chooses for each head alone: weights float64 (candidates, heads).

    Of several heads each goes by its own default loss, for which another network may be the best than for the others.
    """
    if len(heads) == 1:
        return lambda predictions, truth, loss: choose(predictions, truth, loss)[:, None]

    def chosen(
        predictions: Sequence[np.ndarray], truth: np.ndarray, loss: Loss
    ) -> Float64[np.ndarray, "candidates heads"]:
        del loss  # that of all together
        said = zip(*(apart(prediction, heads) for prediction in predictions), strict=True)
        parts = zip(heads, said, truths(truth, heads), strict=True)
        return np.stack(
            [choose(own, y, default_metric(bool(head.classes)).loss) for head, own, y in parts], axis=1
        )

    return chosen


def for_all(choose: Choose, heads: Sequence[Head]) -> Choose:
    """What chooses once, by the loss of all heads together: weights float64 (candidates, heads), alike for each."""
    return lambda *given: np.repeat(choose(*given)[:, None], len(heads), axis=1)


def average(
    predictions: Sequence[Real[np.ndarray, "rows ..."]], weights: Real[np.ndarray, "candidates ..."]
) -> Float64[np.ndarray, "rows ..."]:
    """The weighted mean of the predictions, by a weight for each or by one for each of their columns."""
    total = np.zeros_like(predictions[0], dtype=np.float64)
    for prediction, weight in zip(predictions, weights, strict=True):
        if np.any(weight):  # who has no share in a target may say anything of it, infinity too
            total += np.multiply(weight, prediction, where=np.not_equal(weight, 0), out=np.zeros_like(total))
    return total


def best(
    predictions: Sequence[Real[np.ndarray, "rows ..."]], truth: Real[np.ndarray, "rows ..."], loss: Loss
) -> Float64[np.ndarray, " candidates"]:
    """Weights of the best candidate alone, float64 (candidates,)."""
    return np.eye(len(predictions))[int(np.argmin([loss(truth, candidate) for candidate in predictions]))]


def cross_fitted(
    predictions: Sequence[Real[np.ndarray, "rows ..."]],
    truth: Real[np.ndarray, "rows ..."],
    loss: Loss,
    rng: np.random.Generator,
    *,
    groups: Int[np.ndarray, " rows"] | None = None,
    choose: Choose = select,
) -> Float64[np.ndarray, "rows ..."]:
    """Predictions of what was chosen without the rows that it is used on (two halves).

    Parameters
    ----------
    groups : (rows,) whole numbers; a group lies in one half, where there are two groups or more.
    choose : what gives the weights, as `select` or `best`.
    """
    _, unit = np.unique(np.arange(len(truth)) if groups is None else groups, return_inverse=True)
    count = int(unit.max(initial=-1)) + 1
    if count == 1 < len(truth):
        unit, count = np.arange(len(truth)), len(truth)
    half = (rng.permutation(count) % 2 == 0)[unit]
    result = np.zeros_like(predictions[0], dtype=np.float64)
    for part in (half, ~half):
        weights = choose([candidate[~part] for candidate in predictions], truth[~part], loss)
        result[part] = average([candidate[part] for candidate in predictions], weights)
    return result


def advantage(
    truth: Real[np.ndarray, "rows ..."],
    better: Real[np.ndarray, "rows ..."],
    default: Real[np.ndarray, "rows ..."],
    metric: Metric,
    rng: np.random.Generator,
    groups: Int[np.ndarray, " rows"] | None = None,
) -> tuple[float, float]:
    """The lead of `better` over `default` in the metric, and its standard error; that is infinite for one row or group.

    For the tasks' own metrics by the paired differences of rows; for others, and where groups tie rows together, by
    resampling.
    """
    if metric.name == "log_loss":  # no single row that is wrongly sure may decide alone
        better, default = np.maximum(better, _LEAST), np.maximum(default, _LEAST)
    if len(truth if groups is None else np.unique(groups)) < 2:
        return metric.loss(truth, default) - metric.loss(truth, better), np.inf
    if groups is None and metric.name in ("log_loss", "root_mean_squared_error"):
        leads = row_losses(truth, default) - row_losses(truth, better)
        scale = 1.0
        if metric.name == "root_mean_squared_error":  # a² - b² = (a - b) (a + b)
            scale = root_mean_squared_error(truth, default) + root_mean_squared_error(truth, better) or 1.0
        return float(leads.mean() / scale), float(leads.std(ddof=1) / np.sqrt(len(leads)) / scale)
    sign = 1 if metric.higher_is_better else -1
    leads = np.array(
        [
            sign * (metric.score(truth[rows], better[rows]) - metric.score(truth[rows], default[rows]))
            for rows in resamples(len(truth), rng, groups, _DRAWS)
        ]
    )
    leads = leads[~np.isnan(leads)]
    lead = metric.loss(truth, default) - metric.loss(truth, better)
    return lead, float(leads.std(ddof=1)) if len(leads) > 1 else np.inf


def resamples(
    rows: int, rng: np.random.Generator, groups: Int[np.ndarray, " rows"] | None = None, draws: int = 200
) -> Iterator[Int[np.ndarray, " drawn"]]:
    """Row positions of each draw with replacement: of rows, or of whole groups."""
    if groups is None:
        for _ in range(draws):
            yield rng.integers(0, rows, rows)
        return
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(sizes)[:-1])
    for _ in range(draws):
        yield np.concatenate([members[each] for each in rng.integers(0, len(members), len(members))])


def temperature(probabilities: Real[np.ndarray, "rows classes"], truth: Int[np.ndarray, " rows"]) -> float:
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
    truth: Real[np.ndarray, "rows ..."],
    predictions: Real[np.ndarray, "rows ..."],
    loss: Loss,
    rng: np.random.Generator,
    groups: Int[np.ndarray, " rows"] | None = None,
) -> tuple[float, float]:
    """95 % interval of a score by resampling rows (percentile bootstrap), of the draws where it is defined.

    NaN where it is defined in none; and for one row, or one group, which says nothing of others.

    Parameters
    ----------
    groups : (rows,) whole numbers; rows of one group, which are alike, are drawn together.
    """
    if len(truth if groups is None else np.unique(groups)) < 2:
        return np.nan, np.nan
    values = [loss(truth[rows], predictions[rows]) for rows in resamples(len(truth), rng, groups)]
    if np.isnan(values).all():
        return np.nan, np.nan
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
