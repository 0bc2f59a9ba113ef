"""All rules together: worst first, the same each time, and silent where all is well."""

import numpy as np
import pytest

from honed.diagnosis import data
from honed.diagnosis.data import findings

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(2, 600))


def test_a_healthy_table_has_no_findings(case_of):
    assert findings(case_of({"y": A + B + RNG.normal(size=600), "a": A, "b": B})) == []


def test_findings_come_worst_first_and_the_same_each_time(case_of):
    y = A + B
    case = case_of({"y": y, "a": A, "b": B, "same": ["x"] * 600, "copy": y * 3, "time": np.arange(600) * 90})
    found = findings(case)
    assert [one.id for one in found] == ["leaked-target", "identifier-column", "constant-column"]
    assert found == findings(case)


def test_many_columns_are_not_all_looked_at_and_the_text_says_so(case_of):
    noise = {f"c{number}": RNG.normal(size=200) for number in range(110)}
    (found,) = findings(case_of({"y": A[:200], "copy": A[:200] ** 3, **noise}))
    assert "only the first 100 of 111 columns" in found.what


def test_a_rule_that_fails_is_left_out_and_named(case_of, monkeypatch):
    def broken(case):
        return 1 / 0

    case = case_of({"y": A, "a": A, "b": B})
    expected = findings(case)
    monkeypatch.setattr(data, "RULES", (broken, *data.RULES))
    with pytest.warns(UserWarning, match="The rule 'broken' is left out, as it failed: ZeroDivisionError"):
        assert findings(case) == expected


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("cell", [3.4e38, -3.5e38, 1e300, 1e307, 5e-324])
@pytest.mark.parametrize("task", ["regression", None])
def test_no_cell_is_too_large_or_small_for_the_rules(case_of, cell, task):
    wild, y = A.copy(), A + B
    wild[[7, 12]] = cell, -cell
    cells = {"y": y if task else np.where(y > 0, "a", "b"), "wild": wild, "b": B, "all": B * cell / 10}
    assert {one.id for one in findings(case_of(cells, task=task))} <= {"constant-column", "far-value"}
    if task:
        y[7] = min(cell, 1e145)
        findings(case_of({**cells, "y": y}, task=task))
