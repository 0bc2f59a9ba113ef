"""Rare classes are named; weights are advised only where the metric counts classes equally."""

from dataclasses import replace

import numpy as np
import pytest

from honed.diagnosis.data.imbalance import imbalance


def case(case_of, sizes: dict, metric=None):
    y = np.repeat(list(sizes), list(sizes.values()))
    every = np.arange(len(y))
    return case_of({"y": y, "a": np.sin(every)}, train=every, valid=[], metric=metric)


@pytest.mark.parametrize(("large", "fires"), [(199, False), (200, True)])
def test_a_ratio_of_ten_is_a_note_without_weights(case_of, large, fires):
    found = imbalance(case(case_of, {"p": large, "q": 20}))
    assert [(one.severity, one.advice) for one in found] == ([("note", {})] if fires else [])


@pytest.mark.parametrize(("metric", "fires"), [("f1_macro", True), ("roc_auc", False)])
def test_weights_are_advised_where_the_metric_counts_classes_equally(case_of, metric, fires):
    found = imbalance(case(case_of, {"p": 80, "q": 20}, metric))
    assert [(one.severity, "class_weight='balanced'" in one.action) for one in found] == (
        [("warning", True)] if fires else []
    )


@pytest.mark.parametrize(("rows", "few"), [(9, ["r"]), (10, None)])
def test_a_class_with_a_handful_of_rows_is_a_warning(case_of, rows, few):
    found = imbalance(case(case_of, {"p": 60, "q": 50, "r": rows}))
    assert [(one.severity, one.evidence["few"]) for one in found] == ([("warning", few)] if few else [])


def test_numbers_have_no_classes(case_of):
    assert not imbalance(case_of({"y": np.linspace(0, 1, 100), "a": np.arange(100) % 7}))


def test_no_class_is_set_beside_itself(case_of):
    found = imbalance(case(case_of, {"p": 2, "q": 2}))
    assert [one.what for one in found] == ["Each of the 2 classes has only 2 training rows."]


def test_a_class_that_only_the_newest_rows_have_is_told_as_such(case_of):
    y = ["a", "b"] * 40 + ["c"] * 20
    found = case_of({"y": y, "at": np.arange(100)}, train=np.arange(80), valid=np.arange(80, 100))
    (plain,) = imbalance(found)
    assert "'c' has 0" in plain.what
    (along,) = imbalance(replace(found, schema=replace(found.schema, time="at")))
    assert (
        along.what == "1 class of 3, 'c', occurs only in rows newer than those learned from while choosing."
    )
    assert "Collect rows" not in along.action
