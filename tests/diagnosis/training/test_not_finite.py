from __future__ import annotations

from collections.abc import Callable

from honed.diagnosis.case import Case
from honed.diagnosis.training import not_finite


def test_the_place_is_said_in_words(changed: Callable[..., Case]) -> None:
    where = {"epoch": 2, "step": 5, "layer": 3, "part": "value"}
    (finding,) = not_finite.rule(changed(diverged=True, trouble=where))
    assert (finding.id, finding.severity, finding.layers) == ("not-finite", "error", (3,))
    assert "epoch 2, step 5, in hidden layer 3" in finding.what
    assert finding.advice == {"learning_rate": 1e-4}


def test_a_training_that_ended_well_is_not_named(healthy: Case) -> None:
    assert not_finite.rule(healthy) == []
