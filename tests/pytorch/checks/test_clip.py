from __future__ import annotations

from dataclasses import replace

import numpy as np

from honed.diagnosis.case import Case
from honed.pytorch.checks import clip
from honed.pytorch.facts import Facts

FACTS = Facts(Case(200, 0, np.ones(20), np.ones(20), np.ones(20), 2.0))


def test_a_clip_that_never_acts_is_a_note_and_one_that_always_does_a_warning() -> None:
    assert clip.rule(replace(FACTS, clipped=0.0))[0].severity == "note"
    assert clip.rule(replace(FACTS, clipped=1.0, clipped_to=0.01))[0].id == "clip-always"
    assert clip.rule(replace(FACTS, clipped=1.0, clipped_to=0.5)) == []
    assert clip.rule(replace(FACTS, clipped=0.4, clipped_to=1.0)) == []
    assert clip.rule(FACTS) == []
