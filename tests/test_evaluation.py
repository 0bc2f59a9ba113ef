"""Scores of a model on a table: which rows count, and what is undefined."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
from sklearn import metrics as sk

from honed import evaluation
from honed.errors import InputError
from honed.model.decision import Decision
from honed.model.model import Answer
from honed.table.columns import Schema
from honed.table.read import Table
from honed.table.target import Target


def model(classes: tuple[str, ...] = (), decision: Decision | None = None) -> Any:
    """It reads the probability of each class from a column of its own, or the value from "said"."""
    task: Any = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"

    def answers(frame: pl.DataFrame) -> list[Answer]:
        if not classes:
            return [Answer(frame["said"].to_numpy(), None)]
        told = frame.select(classes).to_numpy()
        return [Answer(np.array(classes)[told.argmax(axis=1)], told)]

    schema = Schema((), Target("y", task, classes, ""), 1, 0)
    return SimpleNamespace(schema=schema, answers_each=answers, decision=decision)


def table(y: list[Any], classes: str | tuple[str, ...] = "abc") -> Table:
    told = np.random.default_rng(0).dirichlet(np.ones(len(classes)), len(y))
    frame = pl.DataFrame({"y": y, **{name: told[:, place] for place, name in enumerate(classes)}})
    return Table(frame, "test.csv", "")


def test_rows_of_a_class_that_training_has_not_seen_are_left_out_aloud() -> None:
    given = table(["a", "zebra", "b", None, "c", "zebra", "yak", "a"])
    result = evaluation.evaluate(model(("a", "b", "c")), given)
    (own,) = result.each
    assert (own.rows, own.missing, own.unseen) == (4, 1, {"zebra": 2, "yak": 1})
    assert [sentence.split(":")[0] for sentence in result.left_out()] == [
        "Left out 1 row whose target is missing.",
        "Left out 3 rows whose class training has not seen ('zebra', 'yak')",
    ]
    said = json.loads(result.as_json())
    assert said["left_out"] == {"missing_target": 1, "unseen_class": 3}
    assert said["unseen_classes"] == ["zebra", "yak"]
    kept = evaluation.evaluate(model(("a", "b", "c")), Table(given.frame[[0, 2, 4, 7]], "", ""))
    assert kept.each[0].scores == own.scores


def test_a_table_without_a_known_class_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"test\.csv: training has seen the class of no row \('d'; it has seen 'a', "
    ):
        evaluation.evaluate(model(("a", "b", "c")), table(["d", "d", None]))


def test_what_is_undefined_is_null_and_told_so() -> None:
    result = evaluation.evaluate(model(("a", "b")), table(["a", "a", "a"], "ab"))
    said = json.loads(result.as_json())["scores"]
    assert (said["roc_auc"], said["average_precision"]) == (None, None)
    assert "roc_auc            undefined" in result.as_text()
    assert said["log_loss"] is not None


def test_the_positive_class_is_told_and_may_be_named() -> None:
    given = table(["a", "b", "b", "a", "a"], "ab")
    second, first = (evaluation.evaluate(model(("a", "b")), given, positive) for positive in (None, "a"))
    assert (second.each[0].positive, first.each[0].positive) == ("b", "a")
    truth = given.frame["y"].to_numpy() == "a"
    expected = sk.average_precision_score(truth, given.frame["a"])
    assert first.each[0].scores["average_precision"] == pytest.approx(expected)
    assert "(of 'a')" in first.as_text()
    assert first.each[0].scores["roc_auc"] == second.each[0].scores["roc_auc"]
    with pytest.raises(InputError, match="There is no class 'c' to be the positive one; there are 'a', 'b'"):
        evaluation.evaluate(model(("a", "b")), given, "c")
    with pytest.raises(InputError, match="the target is a quantity"):
        evaluation.evaluate(model(), Table(pl.DataFrame({"y": [1.5, 2.5], "said": [1.0, 2.0]}), "", ""), "c")


def test_of_a_constant_truth_no_variance_can_be_explained() -> None:
    frame = pl.DataFrame({"y": [0.1] * 3, "said": [0.1, 0.2, 0.3]})
    result = evaluation.evaluate(model(), Table(frame, "", ""))
    assert json.loads(result.as_json())["scores"]["r2"] is None
    assert result.each[0].scores["root_mean_squared_error"] == pytest.approx(np.sqrt(0.05 / 3))


def test_a_decision_is_told_with_its_confusion_and_scores_of_answers_are_of_what_it_predicts() -> None:
    rng = np.random.default_rng(3)
    given = table(rng.choice(["no", "yes"], 60).tolist(), ("no", "yes"))
    plain = evaluation.evaluate(model(("no", "yes")), given)
    result = evaluation.evaluate(model(("no", "yes"), Decision(0, 0.2, "cost:FP=1,FN=4", 50)), given)
    truth = given.frame["y"].to_numpy()
    said = np.where(given.frame["no"].to_numpy() >= 0.2, "no", "yes")
    scores = {"accuracy": sk.accuracy_score, "balanced_accuracy": sk.balanced_accuracy_score}
    for name, score in scores.items():
        assert result.each[0].scores[name] == pytest.approx(score(truth, said))
    assert result.each[0].scores["f1_macro"] == pytest.approx(sk.f1_score(truth, said, average="macro"))
    for name in ("log_loss", "roc_auc", "average_precision"):
        assert result.each[0].scores[name] == plain.each[0].scores[name]
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


def test_of_several_targets_each_is_scored_on_its_own_rows_and_their_losses_are_told_together() -> None:
    kind = Target("kind", "multiclass", ("a", "b", "c"), "")
    size = Target("size", "regression", (), "")
    frame = table(["a", "b", None, "c", "b", "zebra"]).frame.rename({"y": "kind"})
    frame = frame.with_columns(
        size=pl.Series([1.0, None, 2.0, 4.0, 3.0, 5.0]), said=pl.Series([1.5, 0.0, 2.0, 3.0, 3.0, 9.0])
    )
    parts = [model(("a", "b", "c")), model()]

    def answers(frame: pl.DataFrame) -> list[Answer]:
        return [own.answers_each(frame)[0] for own in parts]

    both = SimpleNamespace(
        schema=Schema((), kind, 6, 0, further=(size,)), answers_each=answers, decision=None
    )
    result = evaluation.evaluate(cast(Any, both), Table(frame, "test.csv", ""))
    told = json.loads(result.as_json())
    kinds, known = frame.filter(pl.col("kind").is_in(["a", "b", "c"])), frame.drop_nulls("size")
    loss = sk.log_loss(kinds["kind"], kinds.select("a", "b", "c").to_numpy())
    guess = sk.log_loss(kinds["kind"], [[0.25, 0.5, 0.25]] * 4)
    truth, said_of = known["size"].to_numpy(), known["said"].to_numpy()
    error, spread = np.sqrt(((truth - said_of) ** 2).mean()), truth.std()
    assert told["targets"]["kind"]["scores"]["log_loss"] == pytest.approx(loss)
    assert told["targets"]["size"]["scores"]["root_mean_squared_error"] == pytest.approx(error)
    assert told["relative_loss"] == pytest.approx((loss / guess + error / spread) / 2)
    assert [told["targets"][name]["rows"] for name in ("kind", "size")] == [4, 5]
    assert [sentence.partition(".")[0] for sentence in result.left_out()[::2]] == [
        "'kind': Left out 1 row whose target is missing",
        "'size': Left out 1 row whose target is missing",
    ]
    assert "'size': regression, 5 rows" in result.as_text()
    alike = frame.with_columns(size=pl.when(pl.col("size").is_not_null()).then(2.0))
    result = evaluation.evaluate(cast(Any, both), Table(alike, "test.csv", ""))
    assert result.relative_loss == pytest.approx(loss / guess)
    assert "of 1 target as" in result.as_text() and "Without 'size', alike in all" in result.as_text()
    with pytest.raises(InputError, match="The positive class 'a' is of one target"):
        evaluation.evaluate(cast(Any, both), Table(frame, "test.csv", ""), "a")
