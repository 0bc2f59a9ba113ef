"""A candidate's settings as a file keeps them."""

from __future__ import annotations

import pytest

from honed.families.table.presets import presets
from honed.nets.spec import NetworkSpec
from honed.search.candidate import plain
from honed.settings import build
from honed.train.spec import TrainingSpec

PRESETS = presets("regression", 5_000, 4, 32)


@pytest.mark.parametrize("spec", [PRESETS[0].network, PRESETS[0].training, NetworkSpec(), TrainingSpec()])
def test_a_spec_comes_back_from_its_plain_values(spec: NetworkSpec | TrainingSpec) -> None:
    (again,) = build([type(spec)], plain(spec))
    assert again == spec
