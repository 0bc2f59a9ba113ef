from __future__ import annotations

from dataclasses import replace

import numpy as np

from honed.diagnosis.case import Case
from honed.pytorch.checks import not_zeroed
from honed.pytorch.facts import Facts

FACTS = Facts(Case(200, 0, np.ones(20), np.ones(20), np.ones(20), 2.0))


def test_gradients_that_are_still_there_are_named() -> None:
    assert not_zeroed.rule(replace(FACTS, accumulated=1.0))[0].id == "gradient-not-zeroed"
    assert not_zeroed.rule(replace(FACTS, accumulated=0.5)) == []
    assert not_zeroed.rule(FACTS) == []
