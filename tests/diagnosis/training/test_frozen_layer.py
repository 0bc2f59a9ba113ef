from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import frozen_layer


def test_a_layer_of_the_same_length_in_every_probe_is_frozen(
    healthy: Case, changed: Callable[..., Case]
) -> None:
    weights = healthy.probes["weight"].copy()
    weights[:, 0] = 8.0
    (finding,) = frozen_layer.rule(changed({"weight": weights}))
    assert (finding.id, finding.layers, finding.severity) == ("frozen-layer", (1,), "warning")


def test_a_network_that_does_not_move_at_all_is_another_trouble(
    healthy: Case, changed: Callable[..., Case]
) -> None:
    assert frozen_layer.rule(healthy) == []
    assert frozen_layer.rule(changed({"weight": np.full((10, 4), 8.0), "update": np.zeros((10, 4))})) == []
