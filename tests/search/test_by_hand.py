"""One network by hand: which rows train, validate and score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import trees

from honed.errors import InputError, RunError
from honed.families.table.source import TableSource
from honed.model import load
from honed.report import live, text
from honed.report.progress import Silent
from honed.report.story import story
from honed.run import journal as journals
from honed.search.by_hand import sharing, train
from honed.search.options import Options
from honed.search.prepare import prepare, prepare_source
from honed.search.tune import resume
from honed.table.by_time import split_by_time
from honed.table.order import Gap, Times
from honed.table.read import from_frame

pytestmark = pytest.mark.slow


def by_hand(tmp_path: Path, valid: bool, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Facts of a training by hand in a folder, and the journal's value of its one network."""
    trees().write_csv(tmp_path / "trees.csv")
    trees(60).write_csv(tmp_path / "valid.csv")
    options = Options(
        str(tmp_path / "trees.csv"),
        "y",
        valid=str(tmp_path / "valid.csv") if valid else None,
        settings={"learning_rate": 0.05, "epochs": 30, **settings},
    )
    facts = train(options, tmp_path / "run")
    events = journals.read(tmp_path / "run" / "journal.jsonl")
    value = next(e["outcome"]["value"] for e in events if e.get("key", "").startswith("by hand"))
    return dict(facts), value


def test_without_early_stopping_every_row_trains_and_the_last_epoch_is_kept(tmp_path: Path) -> None:
    facts, value = by_hand(tmp_path, valid=False, early_stopping=False)
    assert value["best_epoch"] == facts["network"]["epochs"] == len(value["train_loss"]) == 30
    assert np.isnan(value["valid_loss"]).all()
    assert facts["network"]["keeps_last"]
    assert facts["scores"]["network"]["value"] < facts["scores"]["trivial"]["value"]
    rows = facts["rows"]
    assert (rows["train"], rows["folds"], rows["repeats"]) == (150 - rows["outer"], 1, 1)
    # A constant answer's loss on the rows that trained: those of the whole table but for the outer ones.
    options = Options("memory", "y")
    ready = prepare_source(TableSource.of(from_frame(trees()), options), options)
    inner = np.delete(ready.y, ready.splits.outer)
    assert load(tmp_path / "run").members[0].target.mean == pytest.approx(inner.mean())
    assert not story(tmp_path / "run")["left_out"]


def test_counts_are_learned_by_poissons_loss_and_nothing_below_0_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 150)
    frame = pl.DataFrame({"x": x, "visits": rng.poisson(np.exp(1 + 1.5 * x))})
    frame.write_csv(tmp_path / "visits.csv")
    settings = {"loss": "poisson", "learning_rate": 0.01, "epochs": 30}
    facts: Any = train(Options(str(tmp_path / "visits.csv"), "visits", settings=settings), tmp_path / "run")
    (member,) = load(tmp_path / "run").members
    assert (member.target.kind, member.loss) == ("poisson", "poisson")
    assert facts["scores"]["network"]["value"] < 0.9 * facts["scores"]["trivial"]["value"]
    frame.with_columns(pl.col("visits") - 1).write_csv(tmp_path / "less.csv")
    with pytest.raises(InputError, match=r"'poisson' is for numbers 0 or more.*'visits' holds -1"):
        train(Options(str(tmp_path / "less.csv"), "visits", settings=settings), tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_without_early_stopping_given_rows_score_and_choose_nothing(tmp_path: Path, schedule: str) -> None:
    facts, value = by_hand(tmp_path, valid=True, early_stopping=False, schedule=schedule)
    (tmp_path / "other").mkdir()
    _, alone = by_hand(tmp_path / "other", valid=False, early_stopping=False, schedule=schedule)
    assert value["best_epoch"] == 30
    assert value["loss"] > 0
    assert value["rate"] == alone["rate"]
    assert any("On the 60 rows given to validate on" in note for note in facts["notes"])


class Heard(Silent):
    """Progress that keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize(
    ("stopping", "end"),
    [
        (True, "; 2 train and 1 chooses the epoch."),
        (False, "; all 3 train: early stopping is off, so the last"),
    ],
)
def test_no_others_are_named_where_none_are_kept_apart(tmp_path: Path, stopping: bool, end: str) -> None:
    (tmp_path / "t.csv").write_text("a,y\n1.5,0.25\n2.5,1.75\n0.5,-1.5\n")
    options = Options(str(tmp_path / "t.csv"), "y", settings={"epochs": 1, "early_stopping": stopping})
    heard = Heard()
    train(options, tmp_path / "run", heard)
    assert any(f"Split: of 3 rows none can be kept for a final score{end}" in line for line in heard.said)


@pytest.mark.parametrize("stopping", [True, False])
def test_rows_that_lie_in_a_gap_are_not_counted_as_looked_at(stopping: bool) -> None:
    along = split_by_time(Times(np.arange(40_000.0), are_dates=False), "at", Gap(rows=500))
    own = sharing(Options("memory", "y", settings={"early_stopping": stopping}))(along)
    (fold,) = own.folds
    assert own.known(40_000).tolist() == sorted([*fold.train, *fold.valid])
    assert len(own.known(40_000)) + len(own.outer) <= 40_000 - 500
    assert along.inner is not None and (own.known(40_000).tolist() == along.inner.tolist()) is not stopping


def test_a_training_that_diverged_is_over_and_no_resume_is_advised(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="honed diagnose"):
        by_hand(tmp_path, valid=False, optimizer="sgd", learning_rate=100.0, batch_size=8, epochs=2)
    run = tmp_path / "run"
    assert live.look(run).state == "failed"
    told = story(run)
    assert told["state"] == "failed"
    assert told["answer"]["says"].startswith("The run ended without a model. ")
    assert not any("resume" in advice for advice in told["answer"]["next"])
    with pytest.raises(RunError, match=r"There is no network to keep.*honed diagnose"):
        resume(run)
    assert [event["kind"] for event in journals.read(run / "journal.jsonl")].count("failed") == 1


@pytest.mark.parametrize(
    ("seed", "stopping", "metric"), [(0, True, "log_loss"), (2, True, "roc_auc"), (0, False, "roc_auc")]
)
def test_a_metric_is_kept_where_the_rows_of_this_training_have_it(
    tmp_path: Path, seed: int, stopping: bool, metric: str
) -> None:
    """Few rows of a class, which most folds of a search have none of: but here is one fold, or no validation at all."""
    y = ["yes" if row in (3, 5, 22, 30) else "no" for row in range(40)]
    pl.DataFrame({"a": range(40), "y": y}).write_csv(tmp_path / "t.csv")
    settings = {"epochs": 1, "early_stopping": stopping}
    options = Options(str(tmp_path / "t.csv"), "y", metric="roc_auc", settings=settings, seed=seed)
    assert prepare(options).metric.name == "log_loss"
    heard = Heard()
    assert train(options, tmp_path / "run", heard)["metric"] == metric
    assert any("roc_auc is undefined" in line for line in heard.said) == (metric == "log_loss")
    assert prepare(options, share=sharing(options)).metric.name == metric  # as `resume` has it


def test_numbers_are_encoded_as_was_asked_for(tmp_path: Path) -> None:
    facts, _ = by_hand(tmp_path, valid=False, encoding="standard", epochs=2)
    model = load(tmp_path / "run")
    options = Options("memory", "y", settings={"encoding": "standard"})
    frame = from_frame(trees())
    ready = prepare_source(TableSource.of(frame, options), options)
    shared = sharing(options)(ready.splits)
    wanted = ready.family.learn(ready.source, shared.folds[0].train, "standard")
    assert [each.to_json() for each in model.encoders] == [wanted.to_json()]
    assert facts["network"]["encoding"] == "standard"
    assert "encoding  " in text.page(facts)  # pyright: ignore[reportArgumentType]
    assert resume(tmp_path / "run")["scores"] == facts["scores"]


def test_a_network_learns_from_means_that_its_rows_did_not_teach(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    towns = rng.integers(0, 40, 300)
    frame = pl.DataFrame({"town": [f"t{town}" for town in towns], "y": rng.normal(size=40)[towns]})
    frame.write_csv(tmp_path / "towns.csv")
    settings = {"encoding": "target", "epochs": 2, "depth": 1, "width": 8}
    facts = train(Options(str(tmp_path / "towns.csv"), "y", settings=settings), tmp_path / "run")
    encoder: Any = load(tmp_path / "run").encoders[0]
    assert [column.name for column in encoder.means] == ["town"]
    (told,) = (each for each in facts["choices"] if each["setting"] == "encoding")
    assert (told["value"], told["evidence"]) == ("target", "given")
    assert resume(tmp_path / "run")["scores"] == facts["scores"]
    said = load(tmp_path / "run").predict(frame)
    np.testing.assert_array_equal(said[:5], load(tmp_path / "run").predict(frame[:5]))


def test_a_far_input_is_a_warning_where_numbers_are_scaled_by_their_deviation(tmp_path: Path) -> None:
    severities = []
    for encoding in ("robust", "standard"):
        frame = trees().with_columns(
            pl.when(pl.int_range(pl.len()) == 3).then(1e6).otherwise("size").alias("size")
        )
        frame.write_csv(tmp_path / "far.csv")
        options = Options(str(tmp_path / "far.csv"), "y", settings={"epochs": 2, "encoding": encoding})
        train(options, tmp_path / encoding)
        found = json.loads((tmp_path / encoding / "findings.json").read_text())["findings"]
        severities += [each["severity"] for each in found if each["id"] == "far-value"]
    assert severities == ["note", "warning"]


def test_intervals_are_of_the_rows_that_choose_the_epoch(tmp_path: Path) -> None:
    facts, _ = by_hand(tmp_path, valid=True)
    model = load(tmp_path / "run")
    valid = trees(60)
    errors = np.sort(np.abs(valid["y"].to_numpy() - model.values(valid)))
    before = model.with_intervals(valid, valid["y"].to_numpy()).intervals
    assert before is not None and before.at(0.9) == pytest.approx(errors[54])  # the 55th: 0.9 of 61
    told, known = facts["intervals"], model.intervals
    assert (told["rows"], told["units"]) == (facts["rows"]["outer"], 60)
    assert known is not None and known.units == 60 + told["rows"]
    assert "hold the truth of" in story(tmp_path / "run")["answer"]["intervals_say"]


def test_without_rows_that_validate_intervals_are_of_the_outer_rows_and_nothing_is_told(
    tmp_path: Path,
) -> None:
    facts, _ = by_hand(tmp_path, valid=False, early_stopping=False)
    known = load(tmp_path / "run").intervals
    assert "intervals" not in facts and known is not None and known.units == facts["rows"]["outer"]
