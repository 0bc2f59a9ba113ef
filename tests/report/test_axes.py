from __future__ import annotations

import pytest

from honed.report.axes import Scale


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (Scale(-3, 8), [-2, 0, 2, 4, 6, 8]),
        (Scale(1, 3, whole=True), [1, 2, 3]),
        (Scale(1e-4, 1, log=True), [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        (Scale(30, 600, log=True), [50, 100, 200, 500]),
    ],
)
def test_ticks_are_round_numbers_inside(scale: Scale, ticks: list[float]) -> None:
    assert scale.ticks() == pytest.approx(ticks)


def test_a_logarithmic_scale_places_factors_evenly() -> None:
    scale = Scale(1e-4, 1, log=True)
    assert [scale.place(value) for value in (1e-4, 1e-2, 1)] == pytest.approx([0, 0.5, 1])
    assert scale.place(0.0) == 0.0
    assert scale.place(50.0) == 1.0
