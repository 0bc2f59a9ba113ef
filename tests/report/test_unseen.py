from __future__ import annotations

import shutil
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from honed.report.story import story
from honed.report.unseen import _grid
from honed.table.kinds import Column

Make = Callable[..., SimpleNamespace]


def unseen(run: SimpleNamespace) -> dict[str, Any]:
    return story(run.path)["unseen"]


def outer(run: SimpleNamespace) -> tuple[np.ndarray, np.ndarray]:
    """Truth and the scored model's answers on the outer rows, as the search itself shares rows out."""
    prepared = run.prepared
    rows = prepared.splits.outer
    frame = prepared.table.frame[prepared.rows[rows].tolist()]
    told = run.model.probabilities(frame) if run.model.classes else run.model.values(frame)
    return prepared.y[rows], told


def test_two_classes_are_measured_as_scikit_learn_does(make: Make) -> None:
    run = make("binary")
    truth, told = outer(run)
    part = unseen(run)
    assert part["rows"] == len(truth)
    assert part["confusion"]["matrix"] == metrics.confusion_matrix(truth, told.argmax(axis=1)).tolist()
    (curve,) = part["roc"]["curves"]
    assert curve["class"] == "yes"
    assert curve["area"] == pytest.approx(metrics.roc_auc_score(truth, told[:, 1]))
    (curve,) = part["precision_recall"]["curves"]
    assert curve["area"] == pytest.approx(metrics.average_precision_score(truth, told[:, 1]))
    assert sum(each["rows"] for each in part["calibration"]["bins"]) == len(truth)


def test_more_classes_are_measured_one_against_the_rest(make: Make) -> None:
    run = make("multiclass", labels=("low", "middle", "high"))
    truth, told = outer(run)
    areas = {curve["class"]: curve["area"] for curve in unseen(run)["roc"]["curves"]}
    expected = {
        name: metrics.roc_auc_score(truth == code, told[:, code])
        for code, name in enumerate(run.model.classes)
    }
    assert areas == pytest.approx(expected)


def test_values_are_measured_as_scikit_learn_does(make: Make) -> None:
    run = make("regression")
    truth, told = outer(run)
    part = unseen(run)
    assert part["predicted"]["r2"] == pytest.approx(metrics.r2_score(truth, told))
    assert part["predicted"]["median_error"] == pytest.approx(metrics.median_absolute_error(truth, told))
    assert sum(part["residuals"]["counts"]) == len(truth)
    assert part["residuals"]["mean"] == pytest.approx((truth - told).mean())
    error, is_high = np.abs(truth - told), told > np.median(told)
    assert part["residuals"]["spread"] == pytest.approx(
        np.median(error[is_high]) / np.median(error[~is_high]), rel=0.1
    )


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_only_column_that_matters_leads(make: Make, task: str) -> None:
    first, *others = unseen(make(task))["importance"]["columns"]
    assert first["name"] == "signal"
    assert first["low"] > 0
    assert [each["value"] for each in others] == pytest.approx([0, 0], abs=1e-6)


def test_an_effect_is_what_the_network_computes(make: Make) -> None:
    run = make("regression")
    effect = next(each for each in unseen(run)["effects"] if each["column"] == "signal")
    frame = run.prepared.table.frame[:1]
    for value, mean in zip(effect["values"], effect["mean"], strict=True):
        told = run.model.values(frame.with_columns(signal=np.array([value]).astype(str)))
        assert mean == pytest.approx(told[0], rel=1e-4)
    assert np.all(np.diff(effect["mean"]) > 0)


def test_the_effect_of_words_has_a_place_for_each(make: Make) -> None:
    effect = next(each for each in unseen(make("binary"))["effects"] if each["column"] == "words")
    assert set(effect["values"]) == {"red", "green", "blue"}
    assert np.ptp(effect["mean"]) < 1e-6


def test_the_worst_rows_are_those_of_the_file(make: Make) -> None:
    run = make("regression")
    truth, told = outer(run)
    first = unseen(run)["worst"]["rows"][0]
    worst = int(np.abs(truth - told).argmax())
    assert first["row"] == run.prepared.rows[run.prepared.splits.outer][worst] + 1
    assert first["truth"] == truth[worst]
    assert first["cells"]["signal"] == run.prepared.table.frame["signal"][first["row"] - 1]


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_search_is_shown_by_the_networks_that_were_scored(make: Make, task: str) -> None:
    run = make(task, searched=True)
    truth, told = outer(run)
    part = unseen(run)
    if task == "binary":
        assert part["confusion"]["matrix"] == metrics.confusion_matrix(truth, told.argmax(axis=1)).tolist()
        assert part["roc"]["curves"][0]["area"] == pytest.approx(metrics.roc_auc_score(truth, told[:, 1]))
    else:
        assert part["predicted"]["r2"] == pytest.approx(metrics.r2_score(truth, told))


def test_a_model_with_another_score_than_told_is_not_shown(make: Make) -> None:
    run = make(searched=True)
    shutil.rmtree(run.path / "scored")  # what is left has been trained again on all rows
    assert set(unseen(run)) == {"says"}
    assert "not kept any more" in unseen(run)["says"]


def test_a_run_that_kept_no_rows_says_so(make: Make) -> None:
    run = make(searched=True)
    (run.path / "folds.safetensors").unlink()
    assert set(unseen(run)) == {"says"}
    assert "has not kept which rows its score is of" in unseen(run)["says"]


def test_nothing_of_the_trials_is_needed(make: Make) -> None:
    run = make(searched=True)
    shown = unseen(run)
    shutil.rmtree(run.path / "trials")
    assert "rows" in shown
    assert unseen(run) == shown


def test_a_changed_file_is_said_and_not_shown(make: Make) -> None:
    run = make()
    run.data.write_text(run.data.read_text() + "1,1,red,yes\n")
    assert "has changed" in unseen(run)["says"]


def test_a_missing_file_is_said_and_not_shown(make: Make) -> None:
    run = make()
    run.data.unlink()
    assert "cannot be read any more" in unseen(run)["says"]


@pytest.mark.parametrize("name", ["count", "rows", "cell", "literal", "index", "len", "", "<b>", "x" * 3000])
def test_levels_are_shown_most_frequent_first_whatever_the_column_is_called(name: str) -> None:
    cells = pl.Series(name, ["b", "a", None, "c", "a", "b", "d", "d", "d"])
    column = Column(name, "categorical", "", 1, 4, ("d", "a", "b", "c"))
    assert _grid(cells, column) == (["d", "a", "b", "c"], ["d", "a", "b", "c"])


@pytest.mark.parametrize("name", ["count", "prediction", "", "<script>", "x" * 3000])
def test_no_name_of_a_column_costs_a_part_of_the_page(make: Make, name: str) -> None:
    told = story(make("binary", name=name).path)
    assert told["left_out"] == []
    assert (name or "column_1") in [effect["column"] for effect in told["unseen"]["effects"]]
