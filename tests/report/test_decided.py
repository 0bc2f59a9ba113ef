"""A decision in facts and words."""

from __future__ import annotations

import numpy as np

from honed.model.decision import Decision
from honed.report import decided
from honed.report.layout import aligned

FOUND = Decision(1, 1 / 6, "cost:FP=1,FN=5", 850)
TRUTH, CODES, LIKELIEST = (
    np.array([1, 1, 1, 0, 0, 0]),
    np.array([1, 1, 0, 1, 0, 0]),
    np.array([1, 0, 0, 0, 0, 0]),
)


def test_facts_count_rows_and_compare_with_the_likelier_class() -> None:
    of = decided.of_rows(FOUND, TRUTH, CODES, LIKELIEST)
    assert of == {
        "rows": 6,
        "found": 2,
        "missed": 1,
        "false": 1,
        "right": 2,
        "value": 1.0,
        "likelier": 10 / 6,
    }
    told = decided.facts(FOUND, ("no", "yes"))
    assert (told["positive"], told["negative"]) == ("yes", "no")
    said = decided.outcome_words(told, of)
    assert said == (
        "Cost a row 1.000 (1.667 where the likelier class is predicted): 2 of 3 'yes' are found, 2 of 3 called so are "
        "right."
    )
    assert aligned(decided.confusion(told, of)) == [
        "          called 'yes'  called 'no'",
        "is 'yes'  2             1",
        "is 'no'   1             2",
    ]


def test_f1_of_rows_without_a_positive_one_is_undefined() -> None:
    f1 = Decision(1, 0.5, "f1", 10)
    of = decided.of_rows(f1, np.zeros(2, int), np.zeros(2, int), np.zeros(2, int))
    assert of["value"] is None
    assert decided.outcome_words(decided.facts(f1, ("no", "yes")), of).startswith("F1 undefined (undefined")
