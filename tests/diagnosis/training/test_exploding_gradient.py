from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import exploding_gradient


def test_a_spike_of_the_gradient_is_named_with_its_epoch(changed: Callable[..., Case]) -> None:
    gradients = np.full((10, 4), 0.3)
    gradients[4, 1] = 5000.0
    (finding,) = exploding_gradient.rule(changed({"gradient": gradients}))
    assert (finding.id, finding.severity, finding.layers) == ("exploding-gradient", "warning", (2,))
    assert finding.evidence["epoch"] == 17  # the fifth probe of 1, 5, 9, ...
    assert finding.advice == {"gradient_clip": 1.0}


def test_growth_across_layers_is_named(changed: Callable[..., Case]) -> None:
    growing = np.tile([9000.0, 900.0, 90.0, 9.0], (10, 1))
    (finding,) = exploding_gradient.rule(changed({"gradient": growing}))
    assert finding.evidence["over_output_layer"] == 1000


def test_large_ratios_of_small_gradients_are_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert exploding_gradient.rule(healthy) == []
    assert exploding_gradient.rule(changed({"gradient": np.tile([9.0, 1.0, 0.1, 0.01], (10, 1))})) == []


def test_a_gradient_beyond_all_numbers_is_told_without_ratios(changed: Callable[..., Case]) -> None:
    gradients = np.full((10, 4), 0.3)
    gradients[4] = [0.3, np.inf, np.nan, np.nan]
    (finding,) = exploding_gradient.rule(changed({"gradient": gradients}))
    assert "beyond the largest number in hidden layer 2" in finding.what
    assert "nan" not in finding.what and finding.layers == (2,)
