from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.nets.cells import CELLS, by_gate, with_inner


@pytest.mark.parametrize("cell", CELLS)
def test_slopes_are_those_of_differences(cell: str) -> None:
    kind, rng = CELLS[cell], np.random.default_rng(0)
    parts = [rng.normal(size=(count, 3, 4)) for count in (kind.gates, kind.gates, kind.states)]
    pull = rng.normal(size=(kind.states, 3, 4))

    def step(parts: list[Any]) -> Any:
        of_inputs, of_output, states = map(tuple, parts)
        return kind.step(of_inputs, of_output, states, np)

    def after(parts: list[Any]) -> float:
        return sum((own * p).sum() for own, p in zip(step(parts)[0], pull, strict=True))

    kept = step(parts)[1]
    slopes = kind.back(kept, tuple(parts[2]), tuple(pull), np)
    for number, own in enumerate(slopes):
        towards = rng.normal(size=parts[number].shape)
        ahead, behind = (
            after([part + way * 1e-6 * towards if n == number else part for n, part in enumerate(parts)])
            for way in (1, -1)
        )
        found = sum((slope * t).sum() for slope, t in zip(own, towards, strict=True))
        assert found == pytest.approx((ahead - behind) / 2e-6, rel=1e-6), number


def test_gates_lie_side_by_side_and_the_last_has_a_bias_of_its_own() -> None:
    first, last = by_gate(np.arange(12.0).reshape(2, 6), 2)
    np.testing.assert_array_equal(last, [[3, 4, 5], [9, 10, 11]])
    found = with_inner((first, last), np.ones(3))
    np.testing.assert_array_equal(found[0], first)
    np.testing.assert_array_equal(found[1], last + 1)
