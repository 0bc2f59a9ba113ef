"""What the outputs of a network mean: probabilities, or values in the target's units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.encode.target import TargetEncoder, middle
from honed.heads import beside

if TYPE_CHECKING:
    from jaxtyping import Float, Float64

LEAST_SHARE = 1e-6  # of a class by a network that was trained by squared error


class Reading(NamedTuple):
    """How a network's outputs for one head become its answer; see `Member`.

    outputs : how many of them are its own; of the main head all that the others leave.
    weight : the network's share in the ensemble's answer.
    """

    target: TargetEncoder
    loss: str = "auto"
    quantiles: tuple[float, ...] = ()
    outputs: int = 0
    weight: float = 1.0


def decoded(
    readings: Sequence[Reading], outputs: Float[np.ndarray, "rows outputs"]
) -> Float64[np.ndarray, "rows answers"] | Float64[np.ndarray, " rows"]:
    """What the outputs say, of several heads side by side; see `decode`."""
    if len(readings) == 1:
        (only,) = readings
        return decode(only.target, outputs, only.loss, only.quantiles)
    own = [reading.outputs for reading in readings[1:]]
    ends = outputs.shape[1] - np.cumsum(own[::-1], dtype=int)[::-1]
    parts = np.split(outputs, ends, axis=1)
    return beside(
        [
            decode(reading.target, part, reading.loss, reading.quantiles)
            for reading, part in zip(readings, parts, strict=True)
        ]
    )


def decode(
    target: TargetEncoder,
    outputs: Float[np.ndarray, "rows outputs"],
    loss: str = "auto",
    quantiles: Sequence[float] = (),
) -> Float64[np.ndarray, "rows classes"] | Float64[np.ndarray, " rows"]:
    """Network outputs to probabilities, or to values in the target's units.

    Outputs trained by squared error on classes are shares already: those below 0 count as nearly 0. Of several
    quantiles the median is the value, or what lies at 0.5 on the line between the two around it.
    """
    if target.kind != "classes":
        parts = middle_parts(outputs.shape[1], loss, quantiles)
        if len(parts) == 1:
            return target.decode(outputs[:, parts[0][0]])
        return np.sum([part * target.decode(outputs[:, place]) for place, part in parts], axis=0)
    if loss == "squared":
        shares = np.maximum(np.asarray(outputs, np.float64), LEAST_SHARE)
        return shares / shares.sum(axis=1, keepdims=True)
    return softmax(outputs)


def middle_parts(outputs: int, loss: str, quantiles: Sequence[float]) -> tuple[tuple[int, float], ...]:
    """Which of so many outputs, in what proportion, are the value: (place, part) each."""
    found = middle(quantiles) if loss == "quantile" else ()
    return found or ((outputs // 2, 1.0),)


def softmax(logits: Float[np.ndarray, "rows classes"]) -> Float64[np.ndarray, "rows classes"]:
    """Probabilities by row."""
    shifted = np.asarray(logits, np.float64)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)


def sharpen(
    probabilities: Float[np.ndarray, "rows classes"], temperature: float
) -> Float[np.ndarray, "rows classes"]:
    """Probabilities whose logarithms are divided by the temperature; never exactly 0."""
    floor = np.finfo(np.float32).tiny
    if temperature == 1.0:
        kept = np.maximum(probabilities, floor)
        return kept / kept.sum(axis=1, keepdims=True)
    return np.maximum(softmax(np.log(np.maximum(probabilities, floor)) / temperature), floor)
