"""Named randomness: a name's numbers depend on the seed and the name alone."""

from __future__ import annotations

import numpy as np

from honed import seeds


def test_a_name_always_draws_the_same() -> None:
    np.testing.assert_array_equal(
        seeds.generator(1, "order", 3).random(5), seeds.generator(1, "order", 3).random(5)
    )


def test_seeds_and_names_draw_apart() -> None:
    drawn = {
        tuple(seeds.generator(seed, *names).random(3))
        for seed, names in [
            (0, ("a",)),
            (1, ("a",)),
            (0, ("b",)),
            (0, ("a", 1)),
            (0, ("a", 2)),
            (0, ("a/1", 2)),
        ]
    }
    assert len(drawn) == 6
    assert len({seeds.number(seed, "a") for seed in range(100)}) == 100


def test_numbers_are_fixed_for_good() -> None:
    """Recorded once: other numbers here would mean that no earlier run can be repeated or resumed."""
    assert seeds.number(0, "dropout", 0) == 812_966_631
    assert seeds.generator(0, "order", 3).integers(0, 1000, 3).tolist() == [657, 273, 301]
