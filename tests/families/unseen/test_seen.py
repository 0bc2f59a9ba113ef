"""Rows that a model has not seen, and what of them is shown."""

from __future__ import annotations

import numpy as np
from small_models import model

from honed.families.unseen.seen import Seen, few, frequent, thinned

TRUTH = np.array([0, 1, 1, 0])
TOLD = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]])


def test_the_worst_rows_come_first_with_what_tells_them_apart() -> None:
    seen = Seen(np.arange(1, 5), TRUTH, TOLD, model("kind"))
    found = seen.worst(lambda place: {"cells": {"place": str(place)}})
    assert [row["row"] for row in found["rows"]] == [2, 4, 3, 1]
    assert found["rows"][0]["sure"] == 0.8 and found["rows"][0].get("cells") == {"place": "1"}


def test_a_model_that_is_shown_gives_the_score_that_was_told() -> None:
    seen = Seen(np.arange(1, 5), TRUTH, TOLD, model("kind"))
    summary = {"metric": "accuracy", "uses": "network", "scores": {"network": {"value": 0.5}}}
    assert seen.has_the_score(summary, if_unknown=False)
    summary["scores"]["network"]["value"] = 0.75
    assert not seen.has_the_score(summary, if_unknown=True)
    assert seen.has_the_score({**summary, "scores": {}}, if_unknown=True)


def test_points_are_thinned_between_first_and_last() -> None:
    kept = thinned(10_000)
    assert (kept[0], kept[-1], len(kept)) == (0, 9_999, 400)
    np.testing.assert_array_equal(thinned(3), [0, 1, 2])


def test_numbers_have_six_digits() -> None:
    assert few(np.array([1 / 3, 1e9])) == [0.333333, 1e9]


def test_the_most_frequent_class_is_shown_however_rare() -> None:
    assert frequent(np.array([0, 1, 1])) == [1]
    assert frequent(np.repeat([2, 0, 1], [9, 20, 30])) == [1, 0]
