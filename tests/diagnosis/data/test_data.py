"""All rules together: worst first, the same each time, and silent where all is well."""

import numpy as np

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
