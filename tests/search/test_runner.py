"""Trainings on folds: what counts as a failure, and what is remembered."""

from __future__ import annotations

import math

import numpy as np
import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.search.runner import MemoryStore, Training

pytestmark = pytest.mark.slow


def test_a_loss_that_is_no_number_is_a_failure_and_no_score(runners: Make) -> None:
    runner = runners(prepared(trees()))
    wild = Training("full", candidate(optimizer="sgd", learning_rate=100.0), "0")
    tame = Training("full", candidate(1), "0")
    found = runner.train([wild, tame])
    assert found[wild].loss == math.inf
    assert found[wild].value["diverged"]
    assert math.isfinite(found[tame].loss)


def test_a_network_that_never_had_a_finite_loss_is_not_its_starting_weights(runners: Make) -> None:
    """Diverged in the first epoch: the weights kept are those before training, whose score would look like one."""
    runner = runners(prepared(trees()))
    wild = Training(
        "full", candidate(optimizer="sgd", learning_rate=100.0, gradient_clip=None, batch_size=8), "0"
    )
    result = runner.train([wild])[wild]
    assert result.value["best_epoch"] == 0
    assert result.loss == math.inf


def test_arrays_that_were_lost_are_computed_again_bit_by_bit(runners: Make) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    before = runner.parameters(training)
    runner.store = MemoryStore()
    after = runner.parameters(training)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_finished_training_is_not_done_again(runners: Make) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    runner.train([training])
    assert runner.networks == 1


def test_trainings_that_came_too_late_have_no_result(runners: Make) -> None:
    runner = runners(prepared(trees()))
    assert runner.train([Training("full", candidate(), "0")], until=0.0) == {}
