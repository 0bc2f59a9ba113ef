from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import plateau


def flat(swing: float) -> np.ndarray:
    return np.concatenate([np.linspace(1.1, 0.5, 10), 0.5 + swing * (-1.0) ** np.arange(30)])


def test_a_swinging_plateau_at_full_rate_is_noted(changed: Callable[..., Case]) -> None:
    (finding,) = plateau.rule(changed(train_loss=flat(0.02)))
    assert (finding.id, finding.severity, finding.advice) == ("plateau", "note", {"schedule": "cosine"})


def test_where_the_rate_has_fallen_there_is_nothing_to_say(
    healthy: Case, changed: Callable[..., Case]
) -> None:
    assert plateau.rule(healthy) == []
    assert plateau.rule(changed(train_loss=flat(0.02), rate=np.linspace(1e-3, 1e-5, 40))) == []


def test_a_loss_of_nearly_nothing_is_no_plateau(changed: Callable[..., Case]) -> None:
    assert plateau.rule(changed(train_loss=flat(0.02) - 0.45)) == []
