"""Codes for missing that are taken as numbers are named."""

import numpy as np

from honed.diagnosis.data.coded import missing_codes


def test_a_code_is_named_with_column_value_count_and_what_to_say(case_of):
    rng = np.random.default_rng(0)
    x = np.where(np.arange(200) % 10 == 3, -999.0, rng.normal(size=200))
    (finding,) = missing_codes(case_of({"x": x, "z": rng.normal(size=200), "y": rng.normal(size=200)}))
    assert (finding.id, finding.severity) == ("missing-code", "note")
    assert finding.what.startswith("'x' is -999 in 20 rows, far from the others, which lie between")
    assert finding.evidence["rows"] == {"x": {"-999": 20}}
    assert "--missing -999" in finding.action


def test_other_columns_are_not(case_of):
    rng = np.random.default_rng(0)
    assert missing_codes(case_of({"x": rng.normal(size=200), "y": rng.normal(size=200)})) == []
