from __future__ import annotations

import numpy as np
import pytest

from honed.nets.thinning import thinned


@pytest.mark.parametrize("units", [(4_000,), (20, 20, 10)])
def test_the_same_units_are_silenced_in_all_rows_and_the_others_make_up_for_them(
    units: tuple[int, ...],
) -> None:
    values = np.ones((3, *units), np.float32)
    found = thinned({0: 0.25}, 1)(0, values)
    assert (found == found[0]).all() and found.dtype == np.float32
    assert set(np.unique(found)) == {0, np.float32(1 / 0.75)}
    assert found.mean() == pytest.approx(1, abs=0.05)
    assert (thinned({0: 0.25}, 2)(0, values) != found).any()


def test_places_without_a_rate_stay() -> None:
    values = np.ones((3, 5), np.float32)
    for place in (-1, 0):
        assert thinned({0: 0.0}, 1)(place, values) is values
