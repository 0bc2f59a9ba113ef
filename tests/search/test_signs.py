"""How trainings went: their signs, and the rate to try where nothing was learned."""

from __future__ import annotations

import numpy as np
import pytest

from honed.diagnosis.case import Case
from honed.search.signs import rescues, signs


def case(train: list[float], valid: list[float], best_epoch: int = 0) -> Case:
    return Case(
        rows=100,
        classes=0,
        train_loss=np.array(train),
        valid_loss=np.array(valid),
        rate=np.full(len(train), 1e-3),
        chance=1.0,
        best_epoch=best_epoch,
    )


def test_signs_are_medians_over_the_folds() -> None:
    folds = [case([0.4] * 4, [0.8, 0.5, 0.6, end], best_epoch=2) for end in (0.5, 0.75, 1.0)]
    found = signs(folds)
    assert found is not None
    assert found == pytest.approx((0.5, 0.8, 0.5))
    assert found.overfits


def test_without_a_curve_there_is_nothing_to_go_by() -> None:
    assert signs([case([0.1] * 3, [0.5, float("nan"), 0.6], best_epoch=1)]) is None


@pytest.mark.parametrize(
    ("losses", "rate"),
    [
        ([1.6, 1.4, 1.3, 1.2, 1.1, 1.05], 1e-2),  # falling all the while, from above a constant answer's 1
        ([1.2, 1.4, 1.1, 1.3, 1.1, 1.05], 1e-4),  # thrown above its start
        ([1.6, 1.0, 1.0, 1.0, 1.0, 1.0], 1e-4),  # at a constant answer at once: its units are dead
    ],
)
def test_a_network_that_learned_nothing_is_tried_at_the_rate_that_its_curve_asks_for(
    losses: list[float], rate: float
) -> None:
    (finding,) = rescues(case(losses, []))
    assert finding.advice == {"learning_rate": pytest.approx(rate)}
