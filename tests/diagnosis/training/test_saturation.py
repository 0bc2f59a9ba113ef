from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import saturation


def test_flat_sigmoids_are_named_with_the_layer(changed: Callable[..., Case]) -> None:
    flat = np.zeros((10, 3))
    flat[3:, 0] = 0.8
    (finding,) = saturation.rule(changed({"saturated": flat}))
    assert (finding.id, finding.layers, finding.advice) == ("saturation", (1,), {"activation": "relu"})


def test_flat_from_the_start_asks_for_normalization(changed: Callable[..., Case]) -> None:
    flat = np.zeros((10, 3))
    flat[:, 0] = 0.8
    assert saturation.rule(changed({"saturated": flat}))[0].advice == {"normalization": "layer"}


def test_a_healthy_training_is_not_named(healthy: Case, changed: Callable[..., Case]) -> None:
    assert saturation.rule(healthy) == []
    assert saturation.rule(changed({"saturated": np.full((10, 3), 0.5)})) == []
