"""How rates move over training: ``SCHEDULES[name](progress)`` with progress in [0, 1) gives a factor.

The host computes the factor of every step and hands them to the compiled program, so a new schedule
compiles nothing. Plateau is the exception: it watches the validation loss inside the program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.train.packing import Array
from honed.train.spec import TrainingSpec

if TYPE_CHECKING:
    from jaxtyping import Float


class Factors(NamedTuple):
    """What the schedules multiply, by epoch and step, or by step of one epoch."""

    rate: Float[Array, "*epochs steps"]
    dropout: Float[Array, "*epochs steps"]
    decay: Float[Array, "*epochs steps"]


def constant(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """1 throughout."""
    return np.ones_like(progress)


def step(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """A tenth of the rate at one half of training, a hundredth at three quarters."""
    return np.where(progress < 0.5, 1.0, np.where(progress < 0.75, 0.1, 0.01))


def exponential(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """From 1 to 0.01, by the same factor at each step."""
    return 0.01**progress


def linear(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """From 1 straight down to 0."""
    return 1 - progress


def cosine(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Half a cosine wave from 1 to 0 (arXiv 1608.03983, without restarts)."""
    return 0.5 * (1 + np.cos(np.pi * progress))


def one_cycle(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Up from 1/25 over the first quarter, then down to 0, both as half cosines (arXiv 1708.07120)."""
    rise = 1 / 25 + (1 - 1 / 25) * 0.5 * (1 - np.cos(np.pi * progress / 0.25))
    fall = 0.5 * (1 + np.cos(np.pi * (progress - 0.25) / 0.75))
    return np.where(progress < 0.25, rise, fall)


def coslog4(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Four cosine waves, each twice as long as the one before (RealMLP, arXiv 2407.04491)."""
    return 0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + 15 * progress)))


def flat_cosine(progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """1 for the first half, then half a cosine wave to 0."""
    return np.where(progress < 0.5, 1.0, 0.5 * (1 + np.cos(np.pi * (2 * progress - 1))))


SCHEDULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    function.__name__: function
    for function in (constant, step, exponential, linear, cosine, one_cycle, coslog4, flat_cosine)
} | {"plateau": constant}


def rate_factors(
    training: TrainingSpec, progress: Float[np.ndarray, "*shape"], step: float
) -> Float[np.ndarray, "*shape"]:
    """Factors of the learning rate where that share of the schedule is behind, of which a `step` is so much."""
    factors = SCHEDULES[training.schedule](progress)
    if training.warmup:
        factors = factors * np.minimum(1.0, (progress + step) / training.warmup)
    return factors


def factors(schedule: str, progress: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Factors of dropout or weight decay where that share of the schedule is behind."""
    return SCHEDULES[schedule](progress)
