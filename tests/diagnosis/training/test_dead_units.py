from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import dead_units, rate_too_high
from honed.train.spec import TrainingSpec


def dead(first: float, later: float) -> dict[str, np.ndarray]:
    shares = np.full((10, 3), 0.05)
    shares[0, 1], shares[1:, 1] = first, later
    return {"dead": shares}


def test_units_that_died_in_training_ask_for_a_lower_rate(changed: Callable[..., Case]) -> None:
    (finding,) = dead_units.rule(changed(dead(0.0, 0.7)))
    assert (finding.id, finding.severity, finding.layers) == ("dead-units", "warning", (2,))
    assert finding.advice == {"activation": "leaky_relu", "learning_rate": 1e-4}
    assert finding.evidence["before_training"] is False


def test_units_dead_from_the_start_do_not(changed: Callable[..., Case]) -> None:
    (finding,) = dead_units.rule(changed(dead(0.95, 0.95)))
    assert (finding.severity, finding.advice) == ("warning", {"activation": "leaky_relu"})
    (finding,) = dead_units.rule(changed(dead(0.95, 0.95), train_loss=np.full(40, 1.1)))
    assert finding.severity == "error"  # where it has learned nothing


def test_half_a_layer_is_the_limit(healthy: Case, changed: Callable[..., Case]) -> None:
    assert dead_units.rule(healthy) == []
    assert dead_units.rule(changed(dead(0.5, 0.5))) == []
    assert dead_units.rule(changed(dead(0.0, 0.51)))


def test_one_bad_probe_is_no_finding(changed: Callable[..., Case]) -> None:
    shares = np.full((10, 3), 0.05)
    shares[7, 1] = 0.9
    assert dead_units.rule(changed({"dead": shares})) == []


def test_weights_that_penalties_took_away_are_no_long_steps(changed: Callable[..., Case]) -> None:
    (finding,) = dead_units.rule(changed(dead(0.0, 0.7), training=TrainingSpec(l1=0.1)))
    assert (finding.severity, finding.advice) == ("note", {})
    assert "penalties" in finding.why and "too long" not in finding.why
    gone = dead(0.0, 0.7) | {"weight": 8 * np.geomspace(1, 1e-9, 10)[:, None] * np.ones((10, 4))}
    assert "penalties" in dead_units.rule(changed(gone))[0].why
    assert rate_too_high.rule(changed(gone | {"update": np.full((10, 4), 0.5)})) == []


def test_weights_that_start_at_zero_are_no_dead_units(changed: Callable[..., Case]) -> None:
    """The finding about them is "start-scale"."""
    assert dead_units.rule(changed(dead(1.0, 1.0) | {"weight": np.zeros((10, 4))})) == []
