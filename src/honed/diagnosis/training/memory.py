"""The network cannot even learn a few rows by heart."""

from __future__ import annotations

import math

from honed.diagnosis.case import Case, figure
from honed.findings import Finding

_LEARNED = 0.5  # of the loss of a constant answer


def rule(case: Case) -> list[Finding]:
    """20 rows alone, without penalties and at several rates, stay near the loss of a constant answer."""
    if case.memorised is None or case.memorised < _LEARNED:
        return []
    seen = (
        f"their loss stays at {figure(100 * case.memorised)} % of that of a constant answer"
        if math.isfinite(case.memorised)
        else "their loss stops being a number"
    )
    return [
        Finding(
            id="cannot-memorise",
            severity="error",
            what=f"Even 20 rows alone cannot be learned: {seen}, at every rate tried and without penalties.",
            evidence={"memorised": case.memorised},
            why="Any working network learns 20 rows by heart, so the fault is in the network itself: no gradient gets "
            "through, or the starting weights are dead or enormous.",
            action="Start from a plain network (two layers of 128 relu units, init='auto') and add one thing at a "
            "time.",
            advice={"hidden_sizes": [128, 128], "activation": "relu", "init": "auto", "normalization": None},
            reference="cs231n: overfit a tiny subset of data; Karpathy's recipe",
        )
    ]
