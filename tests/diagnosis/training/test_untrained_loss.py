from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import untrained_loss
from honed.train.spec import TrainingSpec


def first(loss: float) -> dict[str, np.ndarray]:
    return {"loss": np.array([loss, 1.0, 0.5])}


def test_a_loss_far_above_the_logarithm_of_the_classes_is_named(changed: Callable[..., Case]) -> None:
    (finding,) = untrained_loss.rule(changed(first(3.1 * np.log(3))))
    assert (finding.id, finding.severity) == ("untrained-loss", "warning")
    assert "ln 3" in finding.what


def test_three_times_is_the_limit(healthy: Case, changed: Callable[..., Case]) -> None:
    assert untrained_loss.rule(healthy) == []
    assert untrained_loss.rule(changed(first(2.9 * np.log(3)))) == []


def test_numbers_are_compared_with_the_targets_spread(changed: Callable[..., Case]) -> None:
    values = {"classes": 0, "chance": 1.0, "training": TrainingSpec(epochs=40)}
    assert untrained_loss.rule(changed(first(5.0), **values)) == []
    assert untrained_loss.rule(changed(first(7.0), **values))
