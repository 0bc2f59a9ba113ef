from __future__ import annotations

import numpy as np

from honed.diagnosis.case import Case
from honed.pytorch.facts import Facts


def test_what_hinders_learning_is_an_error_only_where_nothing_was_learned() -> None:
    learned, lost = (
        Case(9, 0, np.full(20, loss), np.zeros(0), np.zeros(0), chance=1.0) for loss in (0.5, 1.0)
    )
    assert (Facts(learned).severity, Facts(lost).severity) == ("warning", "error")
