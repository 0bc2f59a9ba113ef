"""The first networks of a search on pictures."""

from __future__ import annotations

import pytest

from honed.families.image import presets
from honed.families.image.inputs import ImageInputs
from honed.nets import cnn
from honed.train.recipe import Preset


def found(side: int = 28, epochs: int = 20, rows: int = 60_000) -> tuple[Preset, ...]:
    return presets.presets("multiclass", rows, ImageInputs(side, side, 1, (0.0,), (1.0,)), epochs)


def test_the_plainest_is_among_them_and_the_first_where_passes_are_few() -> None:
    assert found(epochs=2)[0].name == presets.PLAINEST
    assert found(epochs=3)[0].name == "three stages"
    assert all(preset.training.epochs == 20 for preset in found(epochs=20))


def test_names_differ_and_one_alone_mirrors() -> None:
    assert len({preset.name for preset in found()}) == 3
    assert [preset.network.augment for preset in found()].count(("flip",)) == 1


@pytest.mark.parametrize("side", [1, 8, 28, 64, 100, 128])
def test_pictures_of_any_size_end_at_a_few_places(side: int) -> None:
    for preset in found(side):
        last = cnn.plan(preset.network, (side, side, 3))[-1]
        assert last.after[0] <= 7
        assert cnn.products(preset.network, (side, side, 3), 10) < 3e7


def test_the_plainest_is_the_quickest_by_far() -> None:
    products = {each.name: cnn.products(each.network, (28, 28, 1), 10) for each in found()}
    assert products[presets.PLAINEST] < products["three stages"] / 3


def test_fewer_filters_where_time_is_short() -> None:
    assert presets.widest(is_brief=True) == 32 < presets.widest(is_brief=False)
