"""Scores of a model on a table: which rows count, and what is undefined."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from honed.errors import InputError
from honed.evaluation import evaluate
from honed.model.decision import Decision
from honed.table.columns import Schema
from honed.table.read import Table
from honed.table.target import Target


def model(classes: tuple[str, ...] = (), decision: Decision | None = None) -> Any:
    """It reads the probability of each class from a column of its own, or the value from "said"."""
    task: Any = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"

    def answers(frame: pl.DataFrame) -> tuple[np.ndarray, np.ndarray | None]:
        if not classes:
            return frame["said"].to_numpy(), None
        told = frame.select(classes).to_numpy()
        return np.array(classes)[told.argmax(axis=1)], told

    schema = Schema((), Target("y", task, classes, ""), 1, 0)
    return SimpleNamespace(schema=schema, answers=answers, decision=decision)


def table(y: list[Any], classes: str | tuple[str, ...] = "abc") -> Table:
    told = np.random.default_rng(0).dirichlet(np.ones(len(classes)), len(y))
    frame = pl.DataFrame({"y": y, **{name: told[:, place] for place, name in enumerate(classes)}})
    return Table(frame, "test.csv", "")


def test_rows_of_a_class_that_training_has_not_seen_are_left_out_aloud() -> None:
    given = table(["a", "zebra", "b", None, "c", "zebra", "yak", "a"])
    result = evaluate(model(("a", "b", "c")), given)
    assert (result.rows, result.missing, result.unseen) == (4, 1, {"zebra": 2, "yak": 1})
    assert [sentence.split(":")[0] for sentence in result.left_out()] == [
        "Left out 1 row whose target is missing.",
        "Left out 3 rows whose class training has not seen ('zebra', 'yak')",
    ]
    said = json.loads(result.as_json())
    assert said["left_out"] == {"missing_target": 1, "unseen_class": 3}
    assert said["unseen_classes"] == ["zebra", "yak"]
    kept = evaluate(model(("a", "b", "c")), Table(given.frame[[0, 2, 4, 7]], "", ""))
    assert kept.scores == result.scores


def test_a_table_without_a_known_class_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"test\.csv: training has seen the class of no row \('d'; it has seen 'a', "
    ):
        evaluate(model(("a", "b", "c")), table(["d", "d", None]))


def test_what_is_undefined_is_null_and_told_so() -> None:
    result = evaluate(model(("a", "b")), table(["a", "a", "a"], "ab"))
    said = json.loads(result.as_json())["scores"]
    assert (said["roc_auc"], said["average_precision"]) == (None, None)
    assert "roc_auc            undefined" in result.as_text()
    assert said["log_loss"] is not None


def test_the_positive_class_is_told_and_may_be_named() -> None:
    given = table(["a", "b", "b", "a", "a"], "ab")
    second, first = (evaluate(model(("a", "b")), given, positive) for positive in (None, "a"))
    assert (second.positive, first.positive) == ("b", "a")
    truth = given.frame["y"].to_numpy() == "a"
    expected = sk.average_precision_score(truth, given.frame["a"])
    assert first.scores["average_precision"] == pytest.approx(expected)
    assert "(of 'a')" in first.as_text()
    assert first.scores["roc_auc"] == second.scores["roc_auc"]
    with pytest.raises(InputError, match="There is no class 'c' to be the positive one; there are 'a', 'b'"):
        evaluate(model(("a", "b")), given, "c")
    with pytest.raises(InputError, match="the target is a quantity"):
        evaluate(model(), Table(pl.DataFrame({"y": [1.5, 2.5], "said": [1.0, 2.0]}), "", ""), "c")


def test_of_a_constant_truth_no_variance_can_be_explained() -> None:
    frame = pl.DataFrame({"y": [0.1] * 3, "said": [0.1, 0.2, 0.3]})
    result = evaluate(model(), Table(frame, "", ""))
    assert json.loads(result.as_json())["scores"]["r2"] is None
    assert result.scores["root_mean_squared_error"] == pytest.approx(np.sqrt(0.05 / 3))


def test_a_decision_is_told_with_its_confusion_and_scores_of_answers_are_of_what_it_predicts() -> None:
    rng = np.random.default_rng(3)
    given = table(rng.choice(["no", "yes"], 60).tolist(), ("no", "yes"))
    plain = evaluate(model(("no", "yes")), given)
    result = evaluate(model(("no", "yes"), Decision(0, 0.2, "cost:FP=1,FN=4", 50)), given)
    truth = given.frame["y"].to_numpy()
    said = np.where(given.frame["no"].to_numpy() >= 0.2, "no", "yes")
    scores = {"accuracy": sk.accuracy_score, "balanced_accuracy": sk.balanced_accuracy_score}
    for name, score in scores.items():
        assert result.scores[name] == pytest.approx(score(truth, said))
    assert result.scores["f1_macro"] == pytest.approx(sk.f1_score(truth, said, average="macro"))
    for name in ("log_loss", "roc_auc", "average_precision"):
        assert result.scores[name] == plain.scores[name]
    (found, missed), (false, right) = sk.confusion_matrix(truth, said, labels=["no", "yes"])
    own = json.loads(result.as_json())["decision"]
    assert [own["outcome"][name] for name in ("found", "missed", "false", "right")] == [
        found,
        missed,
        false,
        right,
    ]
    assert own["outcome"]["value"] == pytest.approx((false + 4 * missed) / 60)
    assert (own["positive"], own["threshold"], own["rule"]) == ("no", 0.2, "cost:FP=1,FN=4")
    assert "'no' is predicted from a probability of 0.2 on" in result.as_text()
    assert "decision" not in json.loads(plain.as_json())
