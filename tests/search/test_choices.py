"""The reasons for the settings of the network that was chosen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from honed.nets.spec import NetworkSpec
from honed.search.candidate import Candidate
from honed.search.choices import compared
from honed.train.spec import TrainingSpec


@pytest.mark.parametrize(
    ("near", "far", "said"),
    [
        (2, 9, None),
        (9, 4, None),
        (5, 5, "5 trials with about this value did better: median loss 0.1, of 5 others 0.3"),
    ],
)
def test_few_trials_say_nothing_of_a_setting(near: int, far: int, said: str | None) -> None:
    specs = [NetworkSpec(depth=2)] * near + [NetworkSpec(depth=4)] * far
    asked = [
        Candidate(n, f"trial {n}", spec, TrainingSpec(), "linear", "robust", {})
        for n, spec in enumerate(specs)
    ]
    quick = {n: 0.1 if n < near else 0.3 for n in range(near + far)}
    explored = cast(Any, SimpleNamespace(asked=asked, quick=quick))
    assert compared("depth", 2, explored) == said
    if said:
        assert "did no better" in str(compared("depth", 4, explored))
