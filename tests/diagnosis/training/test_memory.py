from __future__ import annotations

from collections.abc import Callable

import numpy as np

from honed.diagnosis.case import Case
from honed.diagnosis.training import memory


def test_twenty_rows_that_stay_at_chance_are_an_error(changed: Callable[..., Case]) -> None:
    (finding,) = memory.rule(changed(memorised=0.99))
    assert (finding.id, finding.severity) == ("cannot-memorise", "error")


def test_rows_learned_by_heart_or_not_tried_are_well(healthy: Case, changed: Callable[..., Case]) -> None:
    assert memory.rule(healthy) == []
    assert memory.rule(changed(memorised=np.float64(0.01))) == []
