"""Rows of totals and slips, and which verdicts they explain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from honed.diagnosis.data import far
from honed.diagnosis.data.case import DataCase
from honed.findings import Finding

MakeCase = Callable[..., DataCase]


def cells(rows: int = 200) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {"x": rng.normal(size=rows), "z": rng.normal(size=rows), "y": rng.normal(size=rows) + 3.0}


def test_a_row_of_totals_is_named(case_of: MakeCase) -> None:
    table = {name: np.append(values, np.abs(values).sum()) for name, values in cells().items()}
    (finding,) = far.far_values(case_of(table))
    assert (finding.id, finding.severity) == ("far-value", "warning")
    assert finding.evidence["rows"] == {"y": [201], "x": [201], "z": [201]}
    assert "in row 201" in finding.what


@pytest.mark.parametrize(("robust", "severity"), [(True, "note"), (False, "warning")])
def test_a_far_input_matters_where_scaling_follows_it(case_of: MakeCase, robust: bool, severity: str) -> None:
    table = cells()
    table["x"][[7, 9]] = 1e6, -1e5
    (finding,) = far.far_values(case_of(table), robust=robust)
    assert finding.severity == severity
    assert finding.evidence["rows"] == {"x": [8, 10]}
    assert "row 8 (and 1 more row)" in finding.what


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).normal(size=500),
        np.random.default_rng(0).lognormal(sigma=2, size=500),
        np.r_[np.zeros(490), np.arange(10.0)],  # mostly one value
        np.r_[np.zeros(498), 5.0, 9e9],  # too few others to say
        np.r_[np.random.default_rng(0).normal(size=480), np.full(20, -999.0)],  # many: a code, no slip
        np.full(500, np.nan),
        np.arange(20.0) ** 9,
    ],
)
def test_what_is_usual_is_no_finding(values: np.ndarray) -> None:
    assert len(far.far(values)) == 0


def test_verdicts_that_a_far_value_explains_are_not_given() -> None:
    found = [
        Finding(name, "error", "", {}, "", "") for name in ("no-signal", "cannot-memorise", "dead-units")
    ]
    of_target, of_input = (Finding("far-value", "note", "", {"target": x}, "", "") for x in (True, False))
    assert [one.id for one in far.uncovered(found, [of_target])] == ["dead-units"]
    assert far.uncovered(found, [of_input]) == found
    assert [one.id for one in far.uncovered(found, [of_input], robust=False)] == ["dead-units"]
    assert far.uncovered(found, []) == found


def test_fewer_rows_are_named_where_too_few_values_would_remain() -> None:
    """Beside 1e9 alone ten values remain, beside 1e9 and 1e4 only nine."""
    assert far.far(np.r_[np.zeros(200), np.arange(1.0, 9.0), 1e4, 1e9]).tolist() == [209]
