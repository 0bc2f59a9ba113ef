"""Numbers that may be a time are named, never taken for one."""

import numpy as np

from honed.diagnosis.data.time_order import time_order

RNG = np.random.default_rng(0)
WALK = np.cumsum(RNG.normal(size=400))
NOISE = RNG.normal(size=400)


def test_rows_alike_along_a_number_are_a_warning(case_of):
    (found,) = time_order(case_of({"day": np.arange(400) * 3, "x": NOISE, "y": WALK}))
    assert (found.severity, found.evidence) == ("warning", {"column": "day", "alike": True})
    assert "whole numbers from 0 to 1197" in found.what
    assert "--time day (time= in Python)" in found.action


def test_a_name_with_quotes_is_quoted_once_more(case_of):
    (found,) = time_order(case_of({"'v'": np.arange(400) * 3, "x": NOISE, "y": WALK}))
    assert "column \"'v'\" (whole" in found.what


def test_a_year_in_order_is_a_note(case_of):
    (found,) = time_order(
        case_of({"year": 1900 + np.arange(400) // 4, "x": NOISE, "y": RNG.normal(size=400)})
    )
    assert found.severity == "note"


def test_other_tables_and_groups_are_fine(case_of):
    rows = {"id": np.arange(400), "x": NOISE, "y": RNG.normal(size=400)}
    assert not time_order(case_of(rows))
    assert not time_order(case_of({"day": RNG.permutation(400), "x": NOISE, "y": WALK}))
    grouped = {"day": np.arange(400) * 3, "x": NOISE, "y": WALK, "site": np.arange(400) // 40}
    assert not time_order(case_of(grouped, group="site"))
