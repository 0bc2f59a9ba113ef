"""Losses by row, for the compiled program: ``LOSSES[name](outputs, targets, knobs)`` gives (rows,).

Targets are class numbers int32 (rows,) or standardised values (rows,), of poisson and gamma as parts of their mean;
`knobs` are the traced numbers. Of several heads `by_row` is the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from honed.encode.target import RATE_LOSSES
from honed.heads import Part
from honed.train.knobs import Knobs
from honed.train.spec import TrainingSpec

if TYPE_CHECKING:
    from jaxtyping import Float, Real


def cross_entropy(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """Negative log-likelihood in nats; outputs are logits (rows, classes).

    With smoothing s the target is (1 - s) on its class plus s / classes on each (arXiv 1512.00567).
    """
    return jax.nn.logsumexp(outputs, axis=1) - (_wanted(outputs, targets, knobs) * outputs).sum(axis=1)


def squared(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """Sum over outputs of (output - wanted)²; for classes 1 is wanted of the row's own output, 0 of the others."""
    return ((outputs - _wanted(outputs, targets, knobs)) ** 2).sum(axis=1)


def absolute(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """|output - target|, which the median makes smallest."""
    del knobs
    return jnp.abs(outputs[:, 0] - targets)


def huber(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """Half the square up to an error of delta, and straight beyond (Huber 1964, doi 10.1214/aoms/1177703732)."""
    error, delta = jnp.abs(outputs[:, 0] - targets), knobs.huber_delta
    return jnp.where(error < delta, 0.5 * error**2, delta * (error - 0.5 * delta))


def quantile(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """Mean pinball loss of the outputs, one a quantile (Koenker & Bassett 1978, doi 10.2307/1913643)."""
    assert knobs.quantiles is not None, "those of the setting"
    error, share = targets[:, None] - outputs, knobs.quantiles
    return jnp.maximum(share * error, (share - 1) * error).mean(axis=1)


def poisson(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """Half the deviance of a Poisson distribution whose mean is exp(output) (McCullagh & Nelder 1989, chapter 6)."""
    del knobs
    logs = outputs[:, 0]
    return jnp.exp(logs) - targets * (1 + logs) + jax.scipy.special.xlogy(targets, targets)


def gamma(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """Half the deviance of a Gamma distribution whose mean is exp(output) (McCullagh & Nelder 1989, chapter 8)."""
    del knobs
    logs = outputs[:, 0]
    return targets * jnp.exp(-logs) - 1 + logs - jnp.log(targets)


def _wanted(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, "rows _"]:
    if not jnp.issubdtype(targets.dtype, jnp.integer):
        return targets[:, None]
    classes, smoothing = outputs.shape[1], knobs.label_smoothing
    # A comparison in place of a look-up: its gradient needs no scatter, which a CPU does row by row.
    is_own = targets[:, None] == jnp.arange(classes)
    return jnp.where(is_own, 1 - smoothing + smoothing / classes, smoothing / classes)


def is_wrong(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """1 where another class has the largest output, else 0."""
    del knobs
    return (outputs.argmax(axis=1) != targets).astype(outputs.dtype)


def absolute_error(
    outputs: Float[jax.Array, "rows outputs"], targets: Real[jax.Array, " rows"], knobs: Knobs
) -> Float[jax.Array, " rows"]:
    """|prediction - target| on the standardised scale; of several quantiles the median predicts."""
    predicted = outputs[:, 0] if knobs.middle is None else outputs @ knobs.middle
    return jnp.abs(predicted - targets)


def chance(
    name: str, targets: Real[np.ndarray, " rows"], weights: Float[np.ndarray, " rows"], training: TrainingSpec
) -> float:
    """The least mean loss that one answer for all rows has: what a network without inputs would learn.

    Parameters
    ----------
    targets : class numbers int (rows,) or standardised values (rows,). weights : (rows,), not all 0.
    """
    share = weights / weights.sum() if weights.any() else np.full(len(weights), 1 / len(weights))
    if np.issubdtype(targets.dtype, np.integer):
        frequencies = np.bincount(targets, share)
        known = frequencies[frequencies > 0]
        lost = -(known * np.log(known)).sum() if name == "cross_entropy" else 1 - (known**2).sum()
        return max(0.0, float(lost))
    order = np.argsort(targets)
    values, reached = targets[order].astype(np.float64), np.cumsum(share[order])

    def below(part: float) -> float:
        return float(values[min(np.searchsorted(reached, part), len(values) - 1)])

    share = share[order]
    if name in RATE_LOSSES:
        mean = (share * values).sum()
        logs = np.log(np.where(values > 0, values, 1.0) / (mean or 1.0))
        return float((share * (values * logs if name == "poisson" else -logs)).sum())
    if name == "squared":
        return float((share * (values - (share * values).sum()) ** 2).sum())
    if name == "quantile":
        parts = np.array(training.quantiles)
        errors = values[:, None] - np.array([below(part) for part in parts])
        return float((share[:, None] * np.maximum(parts * errors, (parts - 1) * errors)).sum(axis=0).mean())
    errors = np.abs(values - below(0.5))
    if name == "absolute":
        return float((share * errors).sum())
    delta = training.huber_delta
    curved = np.where(errors < delta, 0.5 * errors**2, delta * (errors - 0.5 * delta))
    return float((share * curved).sum())


ByRow = Callable[[jax.Array, jax.Array, Knobs], jax.Array]

LOSSES: dict[str, ByRow] = {
    function.__name__: function
    for function in (cross_entropy, squared, absolute, huber, quantile, poisson, gamma)
}


def by_row(
    parts: Sequence[Part],
    outputs: Float[jax.Array, "rows outputs"],
    targets: Sequence[Real[jax.Array, " rows"]],
    knobs: Knobs,
) -> Float[jax.Array, " rows"]:
    """The loss of each row; of several heads the sum of theirs, each times its weight in `knobs`.

    Parameters
    ----------
    parts : of the heads, in the order in which their outputs lie side by side. targets : of each head.
    """
    if len(parts) == 1:
        return LOSSES[parts[0].loss](outputs, targets[0], knobs)
    assert knobs.head_weights is not None, "those of the heads"
    total, first = jnp.zeros(len(outputs), outputs.dtype), 0
    for part, own, weight in zip(parts, targets, knobs.head_weights, strict=True):
        total = total + weight * LOSSES[part.loss](outputs[:, first : first + part.outputs], own, knobs)
        first += part.outputs
    return total


# What may be watched beside the loss, as an error by row: lower is better.
MONITORS: dict[str, ByRow] = {
    "accuracy": is_wrong,
    "mean_absolute_error": absolute_error,
}
