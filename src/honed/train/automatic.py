"""Where a training says "auto": the batch size and the learning rate are measured first, then it goes on by numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from honed.train import batch_search, range_test
from honed.train.batch_search import BatchSearch
from honed.train.range_test import USUAL_RATE, RangeTest
from honed.train.setup import Setup


@dataclass(frozen=True)
class Measured:
    """What was measured, and the seconds that compiling it took."""

    range_test: RangeTest | None = None
    batch_search: BatchSearch | None = None

    @property
    def compile_seconds(self) -> float:
        """Seconds of compiling in both."""
        return sum(part.compile_seconds for part in (self.range_test, self.batch_search) if part)


def resolve(setup: Setup) -> tuple[Setup, Measured]:
    """The training with numbers for "auto": first the batch size, then the rate that goes with it."""
    searched = tested = None
    training = setup.training
    if training.batch_size == "auto":
        usual = replace(training, learning_rate=USUAL_RATE) if training.learning_rate == "auto" else training
        searched = batch_search.find(replace(setup, training=usual))
        training = replace(training, batch_size=searched.batch_size)
    if training.learning_rate == "auto":
        usual = replace(training, learning_rate=USUAL_RATE)
        tested = range_test.find(replace(setup, training=usual))
        training = replace(training, learning_rate=tested.rate)
    return replace(setup, training=training), Measured(tested, searched)
