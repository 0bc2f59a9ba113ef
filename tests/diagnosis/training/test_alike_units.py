from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import alike_units


def alike(first: float, later: float) -> dict[str, np.ndarray]:
    shares = np.zeros((10, 3))
    shares[0, 1], shares[1:, 1] = first, later
    return {"alike": shares}


def test_filters_that_start_alike_are_named_as_filters(changed: Callable[..., Case]) -> None:
    names = {
        "units": ("filter", "filter", "unit"),
        "hidden_names": ("convolution 1", "convolution 2", "dense 1"),
    }
    (finding,) = alike_units.rule(changed(alike(1.0, 1.0), network=None, **names))
    assert (finding.id, finding.severity, finding.layers) == ("alike-units", "warning", (2,))
    assert finding.what.startswith("100 % of the filters of convolution 2 are alike")
    assert finding.evidence["before_training"] is True and "starting weights" in finding.why


def test_units_that_training_has_made_alike_have_another_cure(changed: Callable[..., Case]) -> None:
    (finding,) = alike_units.rule(changed(alike(0.0, 0.6)))
    assert finding.evidence["before_training"] is False and "learning rate" in finding.action
    (finding,) = alike_units.rule(changed(alike(0.0, 0.6), train_loss=np.full(40, 1.1)))
    assert finding.severity == "error"


def test_half_a_layer_is_the_limit(healthy: Case, changed: Callable[..., Case]) -> None:
    assert alike_units.rule(healthy) == []
    assert alike_units.rule(changed(alike(0.5, 0.5))) == []


def test_what_was_not_measured_is_not_judged(changed: Callable[..., Case]) -> None:
    assert alike_units.rule(changed({"alike": np.full((10, 3), np.nan)})) == []
