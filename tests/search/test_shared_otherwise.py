"""What a score of rows that are shared out in another way says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from search_helpers import prepared, trees

from honed.search.options import Options
from honed.search.prepare import prepare
from honed.search.runner import Score
from honed.search.shared_otherwise import given, told
from honed.table.split import Otherwise


def other(how: Literal["random", "groups"], by: str = "") -> Otherwise:
    return Otherwise(how, np.arange(80, dtype=np.int32), np.arange(80, 100, dtype=np.int32), by)


@pytest.mark.parametrize(
    ("how", "found", "said"),
    [
        ("random", 1.0, "Count on the score of the newest rows"),
        ("random", 3.0, "the newest rows are the easier ones"),
        ("random", 2.1, "about the same"),
        ("groups", 3.0, "If new rows are of new groups, count on the first"),
        ("groups", 1.0, "make no score too good"),
    ],
)
def test_the_difference_is_explained(how: Any, found: float, said: str) -> None:
    known: Score = {"score": 2.0, "low": 1.8, "high": 2.2}
    beside = told(
        prepared(trees()),
        other(how, "the stem of 'id'"),
        {"score": found, "low": found - 0.2, "high": found + 0.2},
        known,
    )
    assert said in beside["says"]
    assert (beside["rows"], beside["score"]["value"], beside["network"]["value"]) == (20, found, 2.0)


def test_given_rows_and_those_that_chose_nothing_are_both_told(tmp_path: Path) -> None:
    trees().write_csv(tmp_path / "t.csv")
    trees(40).write_csv(tmp_path / "v.csv")
    ready = prepare(Options(str(tmp_path / "t.csv"), "y", trials=1, valid=str(tmp_path / "v.csv")))
    known: Score = {"score": 0.5, "low": 0.4, "high": 0.6}
    beside = given(ready, 0.3, known)
    assert beside is not None and (beside["how"], beside["rows"]) == ("given", 40)
    assert "On the 40 rows of" in beside["says"] and "0.3000; it was chosen by them" in beside["says"]
    assert given(ready, None, known) is None
    assert given(prepared(trees()), 0.3, known) is None


@pytest.mark.parametrize("how", ["random", "groups"])
def test_scores_without_intervals_say_nothing_of_each_other(how: Any) -> None:
    one: Score = {"score": 1.0, "low": math.nan, "high": math.nan}
    two: Score = {"score": 3.0, "low": math.nan, "high": math.nan}
    for found, known in ((one, two), (two, one)):
        assert told(prepared(trees()), other(how), found, known)["says"].endswith(
            "too few rows to say which is better."
        )
