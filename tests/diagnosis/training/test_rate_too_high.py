from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import rate_too_high
from honed.nets.spec import NetworkSpec
from honed.train.spec import TrainingSpec


def test_steps_as_long_as_the_weights_are_too_long(changed: Callable[..., Case]) -> None:
    (finding,) = rate_too_high.rule(
        changed({"update": np.full((10, 4), 0.5), "weight": np.full((10, 4), 8.0)}, rate=np.full(40, 0.1))
    )
    assert (finding.id, finding.severity) == ("rate-too-high", "warning")
    assert finding.advice == {"learning_rate": 0.01}
    assert "50 %" in finding.what
    assert "learning_rate='auto'" in finding.action


def test_a_rate_that_was_found_is_not_to_be_found(changed: Callable[..., Case]) -> None:
    long = {"update": np.full((10, 4), 0.5), "weight": np.full((10, 4), 8.0)}
    (finding,) = rate_too_high.rule(changed(long, training=TrainingSpec(learning_rate="auto")))
    assert "auto" not in finding.action


def test_swings_with_middling_steps_are_named(changed: Callable[..., Case]) -> None:
    swinging = 0.5 + 0.2 * (-1.0) ** np.arange(40)
    (finding,) = rate_too_high.rule(changed({"update": np.full((10, 4), 0.025)}, train_loss=swinging))
    assert finding.evidence["swings"] > 0.9
    assert "to and fro" in finding.what


def test_swings_of_short_steps_are_noise(changed: Callable[..., Case]) -> None:
    swinging = 0.5 + 0.2 * (-1.0) ** np.arange(40)
    assert rate_too_high.rule(changed({"update": np.full((10, 4), 1e-4)}, train_loss=swinging)) == []


def test_divergence_by_long_steps_is_an_error(changed: Callable[..., Case]) -> None:
    loss = np.array([5.0, 1e9, np.nan])
    steps = np.full((10, 4), np.inf)
    steps[0] = 3.0
    case = changed({"update": steps}, train_loss=loss, diverged=True, rate=np.full(3, 30.0))
    (finding,) = rate_too_high.rule(case)
    assert (finding.severity, finding.advice) == ("error", {"learning_rate": 0.3})


def test_ntk_weights_have_a_scale_of_their_own(healthy: Case, changed: Callable[..., Case]) -> None:
    assert rate_too_high.rule(healthy) == []
    probes = {"update": np.full((10, 4), 0.1)}
    assert rate_too_high.rule(changed(probes))
    ntk = NetworkSpec(depth=3, width=64, parametrization="ntk")
    assert rate_too_high.rule(replace(changed(probes), network=ntk)) == []


def test_steps_count_against_the_weights_before_they_grew(changed: Callable[..., Case]) -> None:
    growing = np.linspace(8, 24, 10)[:, None] * np.ones((10, 4))  # 0.03 of 24 is 0.09 of 8
    assert rate_too_high.rule(changed({"update": np.full((10, 4), 0.03), "weight": growing}))
    assert rate_too_high.rule(changed({"update": np.full((10, 4), 0.03)})) == []
