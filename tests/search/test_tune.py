"""The run in this process: what is chosen, on which rows, and that nothing but the seed decides."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from honed.diagnosis import data, training
from honed.errors import RunError
from honed.model import load
from honed.nets.spec import NetworkSpec
from honed.report.story import story
from honed.report.text import example
from honed.run import journal as journals
from honed.run.journal import Journal
from honed.run.pool import InProcess
from honed.run.spool import Spool
from honed.search import job, moves, tune
from honed.search.candidate import Candidate
from honed.search.plan import make as make_plan
from honed.search.prepare import Options, Prepared, prepare_table
from honed.search.runner import Clock, MemoryStore, Result, Runner, Training
from honed.table.read import from_frame
from honed.train.spec import TrainingSpec

pytestmark = pytest.mark.slow


def trees(rows: int = 150) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    size, kind = rng.normal(size=rows), rng.choice(["oak", "elm"], rows)
    return pl.DataFrame(
        {"size": size, "kind": kind, "y": 2 * size + (kind == "oak") + rng.normal(size=rows) * 0.3}
    )


def prepared(frame: pl.DataFrame, **more: Any) -> Prepared:
    settings: dict[str, Any] = {"trials": 4, **more}
    return prepare_table(from_frame(frame), Options("memory", "y", **settings))


@pytest.fixture
def runners() -> Iterator[Any]:
    """Makes runners in this process; their arrays are dropped at the end."""
    spools: list[Spool] = []

    def make(prepared: Prepared, journal: Journal | None = None, store: MemoryStore | None = None) -> Runner:
        spool = Spool()
        spools.append(spool)
        journal = journal or Journal.create(None, {})
        return Runner(
            prepared, journal, store or MemoryStore(), InProcess("honed.search.job:perform", spool), spool
        )

    yield make
    for spool in spools:
        job.forget(spool)
        spool.close()


def facts(result: tune.Tuned) -> dict[str, Any]:
    return dict(result.summary)


def tuned(make: Any, ready: Prepared, journal: Journal | None = None) -> tune.Tuned:
    return tune.search(
        make(ready, journal), Clock(0.0, None), tune.Silent(), lambda model: None, lambda findings: None
    )


def test_the_same_seed_gives_the_same_model_and_another_seed_another(runners: Any) -> None:
    frame = trees()
    one, two, other = (tuned(runners, prepared(frame, seed=seed)).model.values(frame) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_journal_replayed_trains_nothing_and_chooses_the_same(runners: Any) -> None:
    journal, store, ready = Journal.create(None, {}), MemoryStore(), prepared(trees())
    first = tune.search(
        runners(ready, journal, store),
        Clock(0.0, None),
        tune.Silent(),
        lambda model: None,
        lambda findings: None,
    )
    results = [event for event in journal.events if event["kind"] != "model"]
    again = runners(ready, journal, store)
    second = tune.search(again, Clock(0.0, None), tune.Silent(), lambda model: None, lambda findings: None)
    assert again.networks == 0
    assert [event for event in journal.events if event["kind"] != "model"] == results
    np.testing.assert_array_equal(first.model.values(trees()), second.model.values(trees()))


def test_it_beats_the_linear_model_where_there_is_more_to_learn(runners: Any) -> None:
    rng = np.random.default_rng(1)
    X = rng.uniform(-2, 2, size=(300, 2))
    frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": np.sin(2 * X[:, 0]) * X[:, 1]})
    scores = facts(tuned(runners, prepared(frame)))["scores"]
    assert scores["ensemble"]["value"] < 0.5 * scores["linear"]["value"] < scores["trivial"]["value"]


def test_outer_rows_have_no_influence_on_the_choice(runners: Any) -> None:
    """Other targets on the outer rows change scores, and neither trials nor choices."""
    frame = trees()
    ready = prepared(frame)
    outer = ready.splits.outer
    y = frame["y"].to_numpy().copy()
    y[outer] = y[outer][::-1] + 1
    other = replace(ready, y=y)
    one, two = (tuned(runners, each) for each in (ready, other))
    assert one.trials == two.trials
    assert facts(one)["scores"]["ensemble"] != facts(two)["scores"]["ensemble"]


def test_single_predicts_with_one_network(runners: Any) -> None:
    result = tuned(runners, prepared(trees(), single=True))
    assert len(result.model.members) == 1
    assert result.summary["uses"] == "network"


def test_the_model_that_was_scored_is_kept_where_another_predicts(runners: Any) -> None:
    ready = prepared(trees())
    result = tuned(runners, ready)
    assert result.scored is not None
    outer = ready.rows[ready.splits.outer]
    rest = ready.y[ready.splits.outer] - result.scored.values(ready.table.frame[outer.tolist()])
    scores = facts(result)["scores"]
    assert scores["ensemble"]["value"] == pytest.approx(np.sqrt((rest**2).mean()))
    assert scores["default"]["low"] < scores["default"]["value"] < scores["default"]["high"]


def test_the_default_is_kept_on_pure_noise(runners: Any) -> None:
    """Enough rows that the default does not overfit them: an average of networks would rightly beat it there."""
    rng = np.random.default_rng(3)
    frame = pl.DataFrame({f"x{i}": rng.normal(size=2000) for i in range(4)}).with_columns(
        y=pl.Series(rng.choice(["heads", "tails"], 2000))
    )
    result = tuned(runners, prepared(frame, trials=12))
    assert "Kept the default" in facts(result)["verdict"]
    assert {member["name"] for member in facts(result)["ensemble"]} == {"RealMLP-TD"}


def candidate(number: int = 0, **training: Any) -> Candidate:
    from honed.nets.spec import NetworkSpec
    from honed.train.spec import TrainingSpec

    network = NetworkSpec(depth=2, width=16)
    return Candidate(number, f"trial {number}", network, TrainingSpec(epochs=6, **training), "linear", {})


def test_a_loss_that_is_no_number_is_a_failure_and_no_score(runners: Any) -> None:
    runner = runners(prepared(trees()))
    wild = Training("full", candidate(optimizer="sgd", learning_rate=100.0), "0")
    tame = Training("full", candidate(1), "0")
    found = runner.train([wild, tame])
    assert found[wild].loss == math.inf
    assert found[wild].value["diverged"]
    assert math.isfinite(found[tame].loss)


def test_a_network_that_never_had_a_finite_loss_is_not_its_starting_weights(runners: Any) -> None:
    """Diverged in the first epoch: the weights kept are those before training, whose score would look like one."""
    runner = runners(prepared(trees()))
    wild = Training(
        "full", candidate(optimizer="sgd", learning_rate=100.0, gradient_clip=None, batch_size=8), "0"
    )
    result = runner.train([wild])[wild]
    assert result.value["best_epoch"] == 0
    assert result.loss == math.inf


def test_arrays_that_were_lost_are_computed_again_bit_by_bit(runners: Any) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    before = runner.parameters(training)
    runner.store = MemoryStore()
    after = runner.parameters(training)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_finished_training_is_not_done_again(runners: Any) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    runner.train([training])
    assert runner.networks == 1


def test_trainings_that_came_too_late_have_no_result(runners: Any) -> None:
    runner = runners(prepared(trees()))
    assert runner.train([Training("full", candidate(), "0")], until=0.0) == {}


def test_no_network_at_all_is_an_error_that_says_why(runners: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(payload: dict[str, Any], spool: Spool) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(job, "train", broken)
    with pytest.raises(
        RunError, match=r"No network could be trained. The first one: memory ran out \(no room\)\."
    ):
        tuned(runners, prepared(trees()))


@pytest.mark.parametrize("command", ["fit", "train"])
def test_a_failure_that_leaves_nothing_takes_its_folder_away(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's exception, as of a fault in a training, would be met again by `resume`."""
    trees().write_csv(tmp_path / "trees.csv")
    monkeypatch.setattr(tune, "_PERFORM", "run_tasks:no_such_function")
    options = Options(str(tmp_path / "trees.csv"), "y", trials=2 if command == "fit" else None, workers=1)
    with pytest.raises(RunError, match="be trained") as caught:
        getattr(tune, command)(options, tmp_path / "run")
    assert "Traceback" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_full_disk_leaves_a_folder_to_go_on_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees().write_csv(tmp_path / "trees.csv")

    def full(*_: Any) -> Any:
        raise RunError("cannot write: the disk is full")

    monkeypatch.setattr(tune, "_train", full)
    with pytest.raises(RunError, match="disk is full"):
        tune.train(Options(str(tmp_path / "trees.csv"), "y"), tmp_path / "run")
    assert (tmp_path / "run" / "journal.jsonl").exists()


def found(training: Training, loss: float, seconds: float = 1.0) -> Result:
    return Result(training, loss, {"run_seconds": seconds})


def explored_of(*candidates: Candidate, folds: int) -> tune.Explored:
    """Candidates as if fully trained, the earlier the better."""
    full = {
        c.number: [found(Training("full", c, str(fold)), float(c.number)) for fold in range(folds)]
        for c in candidates
    }
    losses = {c.number: float(c.number) for c in candidates}
    return tune.Explored(list(candidates), list(candidates), losses, {}, full, folds)


def test_half_a_round_of_confirmation_counts_for_nobody() -> None:
    one, two = candidate(0), candidate(1)
    rounds = [[Training("confirm", c, "0", seed) for c in (one, two)] for seed in (1, 2)]
    done = {t: found(t, 1.0) for t in (*rounds[0], rounds[1][0])}
    assert tune._whole_rounds(rounds, done) == {0: [rounds[0][0]], 1: [rounds[0][1]]}


def test_a_failure_in_confirmation_is_left_out_and_ends_no_round() -> None:
    one, two = candidate(0), candidate(1)
    rounds = [[Training("confirm", c, "0", 1) for c in (one, two)]]
    done = {rounds[0][0]: found(rounds[0][0], math.inf), rounds[0][1]: found(rounds[0][1], 1.0)}
    assert tune._whole_rounds(rounds, done) == {1: [rounds[0][1]]}


def test_rows_that_validate_twice_are_evidence_once(runners: Any) -> None:
    """Two groups left for folds: two folds a repeat, and the second repeat is the first again."""
    frame = trees(60).with_columns(site=pl.Series([f"s{row % 3}" for row in range(60)]))
    runner = runners(prepared(frame, group="site"))
    assert len(runner.prepared.splits.folds) == 4
    only = candidate()
    _, folds = tune._voters(runner, explored_of(only, folds=3), only, {})
    assert folds == ["0", "1"]


def test_the_first_network_stands_in_where_the_default_diverges(runners: Any) -> None:
    runner = runners(prepared(trees()))
    explored = tune.Explored(asked=[candidate(optimizer="sgd", learning_rate=100.0, batch_size=8)])
    tune._fall_back(runner, explored, None)
    assert [c.name for c in explored.candidates] == ["the first network"]


def test_one_network_needs_less_time_at_the_end_than_twelve(runners: Any) -> None:
    ends = []
    for single in (True, False):
        runner = runners(prepared(trees(), single=single))
        the_plan = make_plan(
            rows=150, train_rows=100, folds=10, budget=60, workers=1, epoch_seconds=0.01, compile_seconds=1
        )
        ends.append(tune._ends(runner, the_plan, explored_of(candidate(), folds=1), Clock(0.0, 60.0))[1])
    assert ends[0] > ends[1]


def test_without_outer_rows_nothing_is_scored(runners: Any) -> None:
    rows = pl.DataFrame({"size": [0.1, 0.7, 1.9, 2.2], "y": [1.5, 2.5, 3.7, 4.1]})
    result = tuned(runners, prepared(rows, trials=1))
    assert result.summary["scores"] == {}
    assert not any("baseline" in note for note in facts(result)["notes"])


def test_a_baseline_that_fails_is_not_said_to_be_late(runners: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from honed.search import baselines

    def broken(payload: dict[str, Any], spool: Spool) -> Any:
        raise ValueError("one class only")

    monkeypatch.setattr(baselines, "fit", broken)
    notes = facts(tuned(runners, prepared(trees(), trials=1)))["notes"]
    assert any("failed, so it is not among the scores: ValueError: one class only" in note for note in notes)


def test_a_replayed_batch_counts_for_the_time_that_it_took(runners: Any) -> None:
    journal = Journal.create(None, {})
    runner = runners(prepared(trees()), journal)
    for key, seconds in (("quick/0/0/0", 2.0), ("full/0/1/0", 3.0), ("full/9/1/0", 50.0)):
        value = {"compile_seconds": 1.0, "run_seconds": seconds}
        journal.record(key, {"ok": True, "value": value})
    assert tune._worked(runner, [candidate(0)]) == 7.0


def test_rules_that_fail_leave_the_search_with_its_model(
    runners: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(case: Any) -> Any:
        raise OverflowError("too large")

    whole = tuned(runners, prepared(trees()))
    monkeypatch.setattr(data, "RULES", (broken,))
    monkeypatch.setattr(training, "RULES", (broken,))
    monkeypatch.setattr(moves, "is_failure", broken)
    with pytest.warns(UserWarning, match="is left out, as it failed: OverflowError"):
        found = tuned(runners, prepared(trees()))
    frame = trees().drop("y")
    np.testing.assert_array_equal(found.model.values(frame), whole.model.values(frame))


@pytest.mark.parametrize("cell", [3.4e38, 1e300, 5e-324])
@pytest.mark.parametrize("column", ["size", "y"])
def test_a_wild_cell_ends_no_search(runners: Any, cell: float, column: str) -> None:
    frame, row = trees(), np.arange(150) == 7
    cell = min(cell, 1e145) if column == "y" else cell
    frame = frame.with_columns(pl.when(pl.Series(row)).then(cell).otherwise(pl.col(column)).alias(column))
    found = tuned(runners, prepared(frame, trials=1))
    assert np.isfinite(found.model.values(frame.drop("y"))).all()
    assert found.summary["scores"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("MemoryError: 5.0 MB are needed and 1.0 MB are free", "5.0 MB are needed and 1.0 MB are free"),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9 GiB", "Unable to allocate 9 GiB"),
        ("jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory", "RESOURCE_EXHAUSTED: Out of memory"),
    ],
)
def test_memory_is_named_where_it_is_the_reason(what: str, said: str) -> None:
    detail = f'Traceback (most recent call last):\n  File "a.py", line 1\n{what}\n'
    assert tune._why({"ok": False, "error": "exception", "detail": detail}) == f"memory ran out ({said})."


def events(path: Path, monkeypatch: pytest.MonkeyPatch, *, worked: bool = True) -> Journal:
    """A journal of 7 seconds of work in two processes, whose machine slept and whose clock was set back."""
    wall, steady = iter((0.0, 90_000.0, 90_002.0, 5.0, 9.0)), iter((0.0, 0.0, 3.0, 5.0, 0.0, 0.0, 2.0))
    clocks = SimpleNamespace(time=lambda: next(wall), monotonic=lambda: next(steady))
    monkeypatch.setattr("honed.run.journal.time", clocks)
    with Journal.create(path, {"budget": 10.0}) as journal:
        journal.record("a", {"ok": True, "value": {}})
        journal.record("b", {"ok": True, "value": {}})
    with Journal.open(path) as journal:
        journal.event("resumed")
        journal.record("c", {"ok": True, "value": {}})
    if not worked:
        for event in journal.events:
            del event["worked"]
    return journal


def test_time_used_is_work_and_not_the_clock_on_the_wall(tmp_path: Path, monkeypatch: Any) -> None:
    assert tune._seconds_used(events(tmp_path / "journal", monkeypatch)) == 7.0


def test_time_used_of_an_earlier_journal_goes_by_the_clock(tmp_path: Path, monkeypatch: Any) -> None:
    assert tune._seconds_used(events(tmp_path / "journal", monkeypatch, worked=False)) == 90_006.0


def test_a_new_budget_begins_at_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    journal = events(tmp_path / "journal", monkeypatch)
    journal.events.append({**journal.events[0], "kind": "extended"})
    assert tune._seconds_used(journal) == 0.0


class _Nothing:
    """Stands for pool and spool where nothing is trained."""

    def __init__(self, *_: object) -> None:
        self.workers = 1

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""


@pytest.mark.parametrize("moment", ["search", "replace_dir", "_write_results", "event"])
def test_a_stop_once_a_model_is_saved_is_an_end_with_that_model(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*words: Any, **facts: Any) -> Any:
        """What the name stands for, and then Ctrl-C."""
        if moment != "event" or words[1:] == ("done",):
            original(*words, **facts)
            raise KeyboardInterrupt
        return original(*words, **facts)

    def search(runner: object, clock: object, progress: object, save: Any, *_: object, **__: object) -> Any:
        save(SimpleNamespace(save=lambda folder: (folder / "model.json").write_text("{}")))
        done = {**example(), "state": "done"}
        return SimpleNamespace(summary=done, trials=[], ledger=[], findings=[], probes={}, scored=None)

    monkeypatch.setattr(tune, "search", search)
    for name in ("Pool", "Spool", "Runner"):
        monkeypatch.setattr(tune, name, _Nothing)
    place = {"replace_dir": tune.RunFolder, "event": Journal}.get(moment, tune)
    original = getattr(place, moment)
    monkeypatch.setattr(place, moment, interrupted)
    numbers = np.arange(40.0)
    table = from_frame(pl.DataFrame({"a": numbers, "y": numbers**2}))
    prepared = prepare_table(table, Options("t.csv", "y", trials=1))
    with tune._new_run(prepared, tmp_path / "run", tune.Silent(), 1) as (folder, journal):
        clock = Clock(0.0, None)
        facts = tune._in_folder(prepared, folder, journal, clock, tune.Silent())  # type: ignore[arg-type]
        assert facts.get("state") == ("done" if moment == "event" else "stopped")
        assert journal.events[-1]["kind"] == ("done" if moment == "event" else "stopped")


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
    facts = tune.train(options, tmp_path / "run")
    events = journals.read(tmp_path / "run" / "journal.jsonl")
    value = next(e["outcome"]["value"] for e in events if e.get("key", "").startswith("by hand"))
    return dict(facts), value


def test_by_hand_without_early_stopping_every_row_trains_and_the_last_epoch_is_kept(tmp_path: Path) -> None:
    facts, value = by_hand(tmp_path, valid=False, early_stopping=False)
    assert value["best_epoch"] == facts["network"]["epochs"] == len(value["train_loss"]) == 30
    assert np.isnan(value["valid_loss"]).all()
    assert facts["network"]["keeps_last"]
    assert facts["scores"]["network"]["value"] < facts["scores"]["trivial"]["value"]
    rows = facts["rows"]
    assert (rows["train"], rows["folds"], rows["repeats"]) == (150 - rows["outer"], 1, 1)
    # A constant answer's loss on the rows that trained: those of the whole table but for the outer ones.
    ready = prepare_table(from_frame(trees()), Options("memory", "y"))
    inner = np.delete(ready.y, ready.splits.outer)
    assert load(tmp_path / "run").members[0].target.mean == pytest.approx(inner.mean())
    assert not story(tmp_path / "run")["left_out"]


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_by_hand_without_early_stopping_given_rows_score_and_choose_nothing(
    tmp_path: Path, schedule: str
) -> None:
    facts, value = by_hand(tmp_path, valid=True, early_stopping=False, schedule=schedule)
    (tmp_path / "other").mkdir()
    _, alone = by_hand(tmp_path / "other", valid=False, early_stopping=False, schedule=schedule)
    assert value["best_epoch"] == 30
    assert value["loss"] > 0
    assert value["rate"] == alone["rate"]
    assert any("On the 60 rows given to validate on" in note for note in facts["notes"])


def test_what_a_verdict_calls_the_default_is_one() -> None:
    published = Candidate(
        0, "RealMLP-TD", NetworkSpec(), TrainingSpec(), "linear", {}, "tuned by its authors"
    )
    assert tune._as_default(published) == ("the default, RealMLP-TD", "the default, RealMLP-TD")
    assert tune._as_default(replace(published, number=-1, name="the first network"))[0] == "the first network"
    found = replace(published, number=366, name="trial 366", reason="")
    assert tune._as_default(found) == (
        "trial 366, the best on validation rows (no default was fully trained)",
        "the best single network, trial 366",
    )
