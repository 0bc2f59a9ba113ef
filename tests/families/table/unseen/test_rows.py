from __future__ import annotations

import numpy as np
import pytest
from told_runs import Make, outer

from honed.families.table.unseen.rows import SeenRows, tell


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_quick_answers_are_those_of_the_model(make: Make, task: str) -> None:
    run = make(task, searched=True)
    prepared = run.prepared
    places = prepared.source.places[prepared.splits.outer]
    frame = prepared.source.table.frame[places.tolist()]
    truth, told = outer(run)
    np.testing.assert_allclose(tell(run.model, frame), told, rtol=1e-5)
    seen = SeenRows(places + 1, truth, told, run.model, frame)
    assert seen.classes == run.model.classes
    assert seen.affordable(1, 10**9) == len(truth)
