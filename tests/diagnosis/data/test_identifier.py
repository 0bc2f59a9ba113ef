"""Counters are noticed, whether left out or used."""

import numpy as np
import pytest

from honed.diagnosis.data.identifier import identifier

RNG = np.random.default_rng(0)
Y = RNG.normal(size=200)
TIMES = np.cumsum(RNG.integers(50, 500, 200))


def test_an_identifier_that_was_left_out_is_noted(case_of):
    (found,) = identifier(case_of({"y": Y, "a": RNG.normal(size=200), "key": np.arange(200) + 7}))
    assert (found.severity, found.evidence["columns"]) == ("note", ["key"])
    assert "count through the whole numbers from 7 to 206" in found.what


@pytest.mark.parametrize("cells", [TIMES, -TIMES], ids=["rising", "falling"])
def test_a_used_counter_with_gaps_is_a_warning(case_of, cells):
    (found,) = identifier(case_of({"y": Y, "a": RNG.normal(size=200), "time": cells}))
    assert (found.severity, found.advice) == ("warning", {"exclude": ["time"]})


@pytest.mark.parametrize(
    "cells",
    [RNG.permutation(TIMES), TIMES + 0.5, np.arange(200) // 4],
    ids=["shuffled", "no whole numbers", "repeated"],
)
def test_other_numbers_are_fine(case_of, cells):
    assert not identifier(case_of({"y": Y, "a": RNG.normal(size=200), "b": cells}))
