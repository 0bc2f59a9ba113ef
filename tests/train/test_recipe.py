"""A preset is a value that candidates are made of."""

from __future__ import annotations

from honed.nets.spec import NetworkSpec
from honed.train.recipe import Preset, Rates
from honed.train.spec import TrainingSpec


def test_presets_of_equal_content_are_equal() -> None:
    one, two = (Preset("a", NetworkSpec(), TrainingSpec(), "why", Rates("r", (0.1, 1.0))) for _ in range(2))
    assert one == two and one.rates is not None and one.rates.span == (0.1, 1.0)
