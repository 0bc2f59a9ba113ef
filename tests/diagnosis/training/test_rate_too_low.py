from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import rate_too_low


def test_steps_a_thousand_times_too_short_are_named_with_the_factor(changed: Callable[..., Case]) -> None:
    slow = np.linspace(1.2, 1.15, 40)
    case = changed({"update": np.full((10, 4), 1e-6)}, train_loss=slow, rate=np.full(40, 1e-6))
    (finding,) = rate_too_low.rule(case)
    assert (finding.id, finding.severity) == ("rate-too-low", "error")
    assert finding.advice == {"learning_rate": 1e-3}  # 1e-3 / 1e-6 = 1000 times
    assert finding.evidence["step_over_weights"] == 1e-6


def test_short_steps_that_have_arrived_are_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert rate_too_low.rule(healthy) == []
    assert rate_too_low.rule(changed({"update": np.full((10, 4), 5e-5)})) == []  # the loss is at 0.2 of 1.1


def test_a_schedule_that_ends_low_is_well(changed: Callable[..., Case]) -> None:
    falling = 1e-3 * np.linspace(1, 1e-6, 10)[:, None] * np.ones((10, 4))
    assert rate_too_low.rule(changed({"update": falling}, train_loss=np.linspace(1.2, 0.9, 40))) == []


def test_no_gradient_is_another_trouble(changed: Callable[..., Case]) -> None:
    nothing = {"update": np.zeros((10, 4)), "gradient": np.zeros((10, 4))}
    assert rate_too_low.rule(changed(nothing, train_loss=np.full(40, 1.1))) == []


def test_short_steps_on_a_loss_half_way_down_are_named(changed: Callable[..., Case]) -> None:
    half_way = changed({"update": np.full((10, 4), 5e-5)}, train_loss=np.linspace(1.1, 0.4, 40))
    assert rate_too_low.rule(half_way)[0].severity == "warning"


def test_a_loss_above_that_of_a_constant_answer_asks_for_longer_steps(changed: Callable[..., Case]) -> None:
    steps = {"update": np.full((10, 4), 2e-4)}
    (finding,) = rate_too_low.rule(changed(steps, train_loss=np.linspace(2.0, 1.2, 40)))
    assert finding.severity == "error"
    assert rate_too_low.rule(changed(steps, train_loss=np.linspace(2.0, 0.4, 40))) == []


def test_a_loss_that_falls_unevenly_is_still_falling(changed: Callable[..., Case]) -> None:
    uneven = np.linspace(1.2, 0.9, 40) + 0.02 * (-1.0) ** np.arange(40)
    assert rate_too_low.rule(changed({"update": np.full((10, 4), 5e-5)}, train_loss=uneven))
    flat = np.full(40, 0.9) - 0.02 * (-1.0) ** np.arange(40)
    assert rate_too_low.rule(changed({"update": np.full((10, 4), 5e-5)}, train_loss=flat)) == []


def test_a_training_loss_that_dropout_shakes_falls_as_that_of_validation_rows(
    changed: Callable[..., Case],
) -> None:
    shaken = np.full(40, 1.0) - 0.02 * (-1.0) ** np.arange(40)
    of_validation = {"train_loss": shaken, "valid_loss": np.linspace(1.02, 1.0, 40)}
    steps = {"update": np.full((10, 4), 5e-5)}
    assert rate_too_low.rule(changed(steps, **of_validation, has_dropout=True))
    assert rate_too_low.rule(changed(steps, **of_validation)) == []
