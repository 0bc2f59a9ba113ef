from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import start_scale
from honed.nets.spec import NetworkSpec


def spread(*values: float) -> dict[str, np.ndarray]:
    return {"activation_std": np.tile(values, (10, 1))}


def test_values_in_the_thousands_are_named(changed: Callable[..., Case]) -> None:
    (finding,) = start_scale.rule(changed(spread(3000.0, 2000.0, 5.0)))
    assert (finding.id, finding.layers, finding.severity) == ("start-scale", (1, 2), "warning")
    assert finding.advice == {"normalization": "layer"}


def test_weights_of_zero_are_named(changed: Callable[..., Case]) -> None:
    weights = np.full((10, 4), 8.0)
    weights[0, 1] = 0.0
    (finding,) = start_scale.rule(changed({"weight": weights}))
    assert finding.layers == (2,)
    assert "start at zero" in finding.what


def test_sigmoids_have_a_small_spread_by_nature(healthy: Case, changed: Callable[..., Case]) -> None:
    assert start_scale.rule(healthy) == []
    assert start_scale.rule(changed(spread(0.01, 0.6, 0.6)))
    sigmoid = NetworkSpec(depth=3, width=64, activation="sigmoid")
    assert start_scale.rule(changed(spread(0.01, 0.6, 0.6), network=sigmoid)) == []
