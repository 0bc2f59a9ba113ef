from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import stopping


def test_a_loss_still_falling_at_the_end_asks_for_twice_the_epochs(changed: Callable[..., Case]) -> None:
    (finding,) = stopping.rule(changed(valid_loss=np.linspace(1.1, 0.5, 40)))
    assert (finding.id, finding.severity, finding.advice) == ("stopped-early", "warning", {"epochs": 80})


def test_a_few_steps_that_led_nowhere_are_too_few(changed: Callable[..., Case]) -> None:
    stuck = {"train_loss": np.full(3, np.log(3)), "valid_loss": np.full(3, np.log(3)), "best_epoch": 3}
    (finding,) = stopping.rule(changed(**stuck, batch_size=256))  # 1000 rows: 4 steps an epoch
    assert (finding.id, finding.severity, finding.advice) == ("stopped-early", "error", {"epochs": 75})
    assert finding.evidence["steps"] == 12 and "12 steps" in finding.what
    assert stopping.rule(changed(**stuck, batch_size=64)) == []  # 48 steps
    learned = stuck | {"train_loss": np.full(3, 0.9)}
    assert stopping.rule(changed(**learned, batch_size=256)) == []


def test_a_best_epoch_long_ago_asks_for_patience(changed: Callable[..., Case]) -> None:
    (finding,) = stopping.rule(changed(best_epoch=5))
    assert (finding.id, finding.severity, finding.advice) == ("stopped-late", "note", {"patience": "2x"})


def test_a_loss_that_has_settled_is_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert stopping.rule(healthy) == []  # 0.85·(e^-4.5 - e^-5) = 0.004 is below 2 % of 1.1
    assert stopping.rule(changed(valid_loss=np.linspace(1.1, 0.5, 40), best_epoch=20)) == []
