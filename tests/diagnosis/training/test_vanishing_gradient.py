from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import vanishing_gradient
from honed.nets.spec import NetworkSpec


def shrinking(layers: int, factor: float, last: float = 0.1) -> np.ndarray:
    """Gradient norms of a network in which each layer passes on a share of its own: the chain rule by hand."""
    return np.tile(last * factor ** np.arange(layers, -1.0, -1.0), (10, 1))


def test_a_gradient_that_shrinks_by_a_quarter_each_layer_is_named_with_its_factor(
    changed: Callable[..., Case],
) -> None:
    network = NetworkSpec(depth=12, width=64, activation="sigmoid")
    case = changed({"gradient": shrinking(12, 0.25)}, network=network)
    (finding,) = vanishing_gradient.rule(case)
    assert finding.id == "vanishing-gradient"
    assert (
        finding.evidence["factor_by_layer"] == np.float64(0.25)
        or abs(finding.evidence["factor_by_layer"] - 0.25) < 1e-9
    )
    # 0.25^5 = 0.00098 < 0.001 and 0.1·0.25^5 < 1e-4: layers at least five before the output layer, 1 to 8 of 13
    assert finding.layers == tuple(range(1, 9))
    assert finding.advice == {"activation": "relu", "residual": True}
    assert "hidden layers 1 to 8" in finding.what and "sigmoid" in finding.why


def test_it_is_an_error_only_where_nothing_was_learned(changed: Callable[..., Case]) -> None:
    network = NetworkSpec(depth=12, width=64, activation="sigmoid")
    probes = {"gradient": shrinking(12, 0.25)}
    assert vanishing_gradient.rule(changed(probes, network=network))[0].severity == "warning"
    stuck = changed(probes, network=network, train_loss=np.full(40, np.log(3)))
    assert vanishing_gradient.rule(stuck)[0].severity == "error"


def test_a_gradient_that_halves_is_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert vanishing_gradient.rule(healthy) == []
    assert vanishing_gradient.rule(changed({"gradient": shrinking(3, 0.5)})) == []


def test_small_gradients_everywhere_are_the_end_of_training(changed: Callable[..., Case]) -> None:
    assert vanishing_gradient.rule(changed({"gradient": np.full((10, 4), 1e-6)})) == []


def test_a_gradient_that_came_back_is_a_note_that_says_when(changed: Callable[..., Case]) -> None:
    network = NetworkSpec(depth=12, width=64, activation="sigmoid")
    gradients = np.concatenate([shrinking(12, 0.25)[:4], np.full((6, 13), 0.1)])
    (finding,) = vanishing_gradient.rule(changed({"gradient": gradients}, network=network))
    assert (finding.severity, finding.layers) == ("note", tuple(range(1, 9)))
    assert abs(finding.evidence["factor_by_layer"] - 0.25) < 1e-9  # of the start alone
    assert "until epoch 17" in finding.what  # the fifth of the probes in epochs 1, 5, 9, 13, 17, ...
