from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import findings, overfitting
from honed.nets.cnn_spec import CnnSpec
from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec


def risen(by: float) -> dict[str, np.ndarray]:
    best = np.linspace(1.1, 0.5, 10)
    return {
        "valid_loss": np.concatenate([best, np.linspace(0.5, 0.5 * (1 + by), 30)]),
        "train_loss": np.geomspace(1.1, 1e-3, 40),
    }


def test_a_validation_loss_that_rises_is_named_with_its_epoch(changed: Callable[..., Case]) -> None:
    (finding,) = overfitting.rule(changed(**risen(1.0)))
    assert (finding.id, finding.severity) == ("overfitting", "warning")
    assert finding.evidence["best_epoch"] == 10
    assert finding.advice == {"dropout": 0.3}


def test_with_dropout_the_next_advice_is_decay_and_then_fewer_units(changed: Callable[..., Case]) -> None:
    network = NetworkSpec(depth=3, width=64, dropout=0.3)
    assert overfitting.rule(changed(**risen(1.0), network=network))[0].advice["weight_decay"] == 0.01
    decayed = TrainingSpec(epochs=40, weight_decay=0.1)
    assert overfitting.rule(changed(**risen(1.0), network=network, training=decayed))[0].advice["width"] == 32


def test_the_advice_is_the_same_for_pictures(changed: Callable[..., Case]) -> None:
    of_pictures = {**risen(1.0), "network": None, "own": CnnSpec()}
    assert findings(changed(**of_pictures))[0].advice == {"dropout": 0.3}
    assert findings(changed(**of_pictures, has_dropout=True))[0].advice == {"weight_decay": 0.01}


def test_the_best_epoch_counts_those_without_a_number(changed: Callable[..., Case]) -> None:
    valid = np.concatenate([np.full(5, np.inf), np.linspace(1.0, 0.5, 5), np.linspace(0.5, 1.5, 30)])
    (finding,) = overfitting.rule(changed(valid_loss=valid))
    assert finding.evidence["best_epoch"] == 10


def test_a_wide_gap_without_a_rise_is_a_note(changed: Callable[..., Case]) -> None:
    (finding,) = overfitting.rule(changed(**risen(0.0)))
    assert finding.severity == "note"


def test_a_small_gap_is_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert overfitting.rule(healthy) == []
    assert overfitting.rule(changed(valid_loss=np.full(40, np.nan))) == []


def test_a_smaller_gap_is_named_where_the_training_rows_are_known_by_heart(
    changed: Callable[..., Case],
) -> None:
    valid = np.geomspace(1.1, 0.1, 40)  # a gap of 0.09 of 1.1, the loss of a constant answer
    assert overfitting.rule(changed(valid_loss=valid, train_loss=np.geomspace(1.1, 1e-3, 40)))
    assert overfitting.rule(changed(valid_loss=valid, train_loss=np.geomspace(1.1, 2e-2, 40))) == []
