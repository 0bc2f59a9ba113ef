"""Where a training says "auto": the batch size and the learning rate are measured first, then it goes on by numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honed.nets.spec import NetworkSpec
from honed.train import batch_search, range_test
from honed.train.batch_search import BatchSearch
from honed.train.range_test import RangeTest
from honed.train.spec import TrainingSpec

if TYPE_CHECKING:
    from honed.train.loop import Examples

USUAL_RATE = 1e-3  # while the batch size is measured, and where a range test finds no rate at all


@dataclass(frozen=True)
class Measured:
    """What was measured, and the seconds that compiling it took."""

    range_test: RangeTest | None = None
    batch_search: BatchSearch | None = None

    @property
    def compile_seconds(self) -> float:
        """Seconds of compiling in both."""
        return sum(part.compile_seconds for part in (self.range_test, self.batch_search) if part)


def resolve(
    network: NetworkSpec, training: TrainingSpec, data: Examples, train: np.ndarray, seed: int
) -> tuple[TrainingSpec, Measured]:
    """The training with numbers for "auto": first the batch size, then the rate that goes with it."""
    searched = tested = None
    if training.batch_size == "auto":
        usual = replace(training, learning_rate=USUAL_RATE) if training.learning_rate == "auto" else training
        searched = batch_search.find(network, usual, data, train, seed)
        training = replace(training, batch_size=searched.batch_size)
    if training.learning_rate == "auto":
        tested = range_test.find(network, replace(training, learning_rate=USUAL_RATE), data, train, seed)
        training = replace(training, learning_rate=tested.rate)
    return training, Measured(tested, searched)
