"""Constant and nearly constant columns are noted."""

import numpy as np
import pytest

from honed.diagnosis.data.constant import constant

RNG = np.random.default_rng(0)


def test_a_column_that_was_left_out_is_noted_with_its_reason(case_of):
    (found,) = constant(case_of({"y": RNG.normal(size=100), "a": RNG.normal(size=100), "same": ["x"] * 100}))
    assert (found.severity, found.evidence["columns"], found.evidence["used"]) == ("note", ["same"], False)
    assert "'x' in all 100 rows" in found.what


@pytest.mark.parametrize(("others", "fires"), [(5, True), (6, False)])
def test_nearly_constant_begins_at_995_in_a_thousand(case_of, others, fires):
    cells = np.zeros(1000)
    cells[:others] = np.arange(1, others + 1)
    found = constant(case_of({"y": RNG.normal(size=1000), "a": RNG.normal(size=1000), "rare": cells}))
    assert [one.advice for one in found] == ([{"exclude": ["rare"]}] if fires else [])


def test_an_almost_empty_column_is_nearly_constant(case_of):
    cells = [None] * 997 + [1.0, 2.0, 3.0]
    (found,) = constant(case_of({"y": RNG.normal(size=1000), "a": RNG.normal(size=1000), "empty": cells}))
    assert found.evidence["other_rows"] == {"empty": 3}
