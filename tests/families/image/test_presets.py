"""The first networks of a search on pictures."""

from honed.families.image.inputs import ImageInputs
from honed.families.image.presets import presets


def test_the_plainest_is_among_them() -> None:
    found = presets("binary", 100, ImageInputs(12, 10, 1, (0.0,), (1.0,)), 20)
    assert found[0].name == "plain" and found[0].training.epochs == 20
