"""A decision between two classes in a run: on which rows it is chosen, and where it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import candidate, explored_of, prepared, trees
from sklearn.metrics import confusion_matrix

from honed import cli
from honed.errors import InputError
from honed.model import load
from honed.model.decision import Decision, choose
from honed.model.outputs import sharpen
from honed.report.story import story
from honed.search import decisions, nested
from honed.search.assemble import assemble
from honed.search.folds import FoldData
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.training import Training

COST = "cost:FP=1,FN=4"


def kinds(rows: int = 150) -> pl.DataFrame:
    frame = trees(rows)
    return frame.with_columns(y=pl.when(pl.col("y") > 1.2).then(pl.lit("high")).otherwise(pl.lit("low")))


class Said(Runner):
    """A runner whose networks are sure of the truth by a share that grows with the row's place."""

    def __init__(self, ready: Prepared) -> None:
        self.prepared = ready

    def fold(self, name: str) -> FoldData:
        fold = self.prepared.splits.folds[int(name)]
        return FoldData({}, fold.valid, self.prepared.y[fold.valid])

    def predictions(self, training: Training) -> np.ndarray:
        truth = self.fold(training.fold).truth
        second = np.random.default_rng(int(training.fold)).beta(1 + truth, 2 - truth)
        return np.stack([1 - second, second], axis=1)


def test_it_is_chosen_on_predictions_of_rows_that_did_not_train() -> None:
    ready = prepared(kinds(), threshold=COST, positive="high")
    runner, only = Said(ready), candidate()
    folds = [str(fold) for fold in range(5)]
    told = np.concatenate([runner.predictions(Training("full", only, fold)) for fold in folds])
    truth = np.concatenate([runner.fold(fold).truth for fold in folds])
    chosen = assemble(runner, explored_of(only, folds=5), only, {})
    expected = choose(COST, 0, truth, sharpen(told, chosen.temperatures[0]))
    assert chosen.decision == expected
    assert expected.rows == len(ready.y) - len(ready.splits.outer)
    on_the_way = decisions.of_networks(runner, [Training("full", only, fold) for fold in folds])
    assert on_the_way is not None
    assert on_the_way.threshold == pytest.approx(choose(COST, 0, truth, told).threshold)
    unasked = prepared(kinds())
    assert assemble(Said(unasked), explored_of(only, folds=5), only, {}).decision is None


def test_what_rounds_decided_is_counted_over_all_their_rows() -> None:
    ready = prepared(kinds(60), threshold="f1")
    rng = np.random.default_rng(0)
    parts, rounds = np.array_split(rng.permutation(60), 3), list[nested.Round]()
    for rows in parts:
        second = rng.random(len(rows))
        said = {"ensemble": np.stack([1 - second, second], axis=1)}
        rounds.append(nested.Round(rows, {**said, "decided": rng.integers(0, 2, len(rows))}))
    decision = Decision(1, 0.4, "f1", 99)
    facts: Any = decisions.told(ready, decision, np.concatenate(parts), *nested.decided(ready, rounds))
    codes = np.concatenate([each.said["decided"] for each in rounds])
    matrix = confusion_matrix(ready.y[np.concatenate(parts)], codes, labels=[1, 0])
    unseen = facts["unseen"]
    assert [[unseen["found"], unseen["missed"]], [unseen["false"], unseen["right"]]] == matrix.tolist()
    assert "decided" not in nested.together(ready, rounds)
    rounds[0] = nested.Round(parts[0], {"ensemble": rounds[0].said["ensemble"]})
    assert nested.decided(ready, rounds) == (None, None)
    assert "unseen" not in decisions.told(ready, decision, parts[0], None)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (trees(), r"A threshold \(f1\) decides between two classes, but the target 'y' is a quantity"),
        (trees().with_columns(y=pl.Series([*"abc"] * 50)), "but the target 'y' is 3 classes"),
    ],
)
def test_other_targets_than_two_classes_have_none(frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prepared(frame, threshold="f1")


def run(*words: object) -> int:
    return cli.status([*map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One network by hand, with a threshold."""
    folder = tmp_path_factory.mktemp("decided")
    kinds().write_csv(folder / "trees.csv")
    words = ["--threshold", COST, "--positive", "high", "--set", "depth=1", "--set", "epochs=8"]
    assert run("train", folder / "trees.csv", "--target", "y", "--out", folder / "run", *words) == 0
    return folder


@pytest.mark.slow
def test_the_model_answers_by_it_and_every_page_tells_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = folder / "run", folder / "trees.csv"
    decision = load(path).decision
    assert decision is not None and decision.positive == 0 and decision.rule == COST
    assert run("predict", path, data, "--out", folder / "told.csv") == 0
    told = pl.read_csv(folder / "told.csv")
    expected = np.where(told["p_high"].to_numpy() >= decision.threshold, "high", "low")
    assert told["prediction"].to_list() == expected.tolist()
    truth = pl.read_csv(data)["y"].to_numpy()
    (found, missed), (false, _) = confusion_matrix(truth, expected, labels=["high", "low"])
    capsys.readouterr()
    assert run("evaluate", path, data, "--json") == 0
    outcome = json.loads(capsys.readouterr().out)["decision"]["outcome"]
    assert (outcome["found"], outcome["missed"], outcome["false"]) == (found, missed, false)
    assert outcome["value"] == pytest.approx((false + 4 * missed) / len(truth))
    facts = json.loads((path / "summary.json").read_text())
    assert facts["decision"]["unseen"]["rows"] == facts["rows"]["outer"]
    assert run("show", path) == 0
    page = capsys.readouterr().out
    assert f"'high' is predicted from a probability of {decision.threshold:.3g} on ({COST}" in " ".join(
        page.split()
    )
    assert "called 'high'" in page
    own = story(path)
    assert own["left_out"] == []
    assert own["answer"]["decision"] == facts["decision"]
    unseen: Any = own["unseen"]
    matrix, counts = unseen["confusion"]["matrix"], facts["decision"]["unseen"]
    assert matrix == [[counts["found"], counts["missed"]], [counts["false"], counts["right"]]]
    assert run("report", path) == 0
    html = (path / "report.html").read_text()
    assert "The decision" in html and "called &#x27;high&#x27;" in html


@pytest.mark.slow
def test_wrong_rules_write_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "none"
    for words, message in (
        (["--threshold", "0.3"], "The threshold is '0.3', but it must be f1, or what the two mistakes cost"),
        (["--threshold", "f1", "--positive", "middle"], "There is no class 'middle' to be the positive one"),
        (
            ["--threshold", "f1", "--set", "early_stopping=false"],
            "is chosen on rows that do not train the network",
        ),
    ):
        assert run("train", folder / "trees.csv", "--target", "y", "--out", out, *words) == 2
        assert message in " ".join(capsys.readouterr().err.split())
        assert not out.exists()
