"""Few passes: samples first, then finalists whose schedules end with the time."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, candidate, prepared, trees

from honed.families.table import presets, suiting
from honed.nets.spec import NetworkSpec
from honed.report.progress import Silent
from honed.run.journal import Journal
from honed.search import explore, few_passes, plan
from honed.search.clock import Clock
from honed.search.explored import Explored
from honed.search.plan import Plan
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.search import Tuned, search
from honed.search.stores import MemoryStore
from honed.search.training import Result, Training
from honed.train import turns
from honed.train.parts import InTime
from honed.train.recipe import Preset
from honed.train.spec import TrainingSpec
from honed.trials import ALL, OTHERWISE, trainings

pytestmark = pytest.mark.slow

BUDGET = 10_000.0  # seconds, of which nobody waits for any: `Soon`


def tuned(make: Make, ready: Prepared, journal: Journal) -> Tuned:
    return search(make(ready, journal), Clock(time.monotonic(), BUDGET), Silent())


def of_few_passes(**more: bool) -> Plan:
    return plan.make(
        rows=10**6,
        train_rows=10**6,
        folds=1,
        budget=BUDGET,
        workers=1,
        epoch_seconds=1_000.0,
        compile_seconds=1.0,
        **more,
    )


class Soon(InTime):
    """In place of `InTime` three parts, as if they took all the time."""

    MOST = 50  # rows

    def __init__(self, most: int, valid: int) -> None:
        super().__init__(most, valid)
        self._rows, self._done = min(most, self.MOST), 0

    def next(self, left: float) -> tuple[int, float] | None:
        assert left > 1000
        self._done += 1
        return None if self._done > 3 else (self._rows, self._done / 3)

    def took(self, rows: int, seconds: float) -> None:
        pass


@pytest.fixture(autouse=True)
def on_a_large_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the table were so large that its budget buys few passes over it, with defaults that compile quickly."""

    def planned(runner: Runner, clock: Clock, **_: bool) -> Plan:
        splits = runner.prepared.splits
        made = of_few_passes(newest=splits.inner is not None, beside=splits.otherwise is not None)
        return replace(made, generation=3, promoted=2, quick_epochs=2)

    monkeypatch.setattr(explore, "planned", planned)
    monkeypatch.setattr(turns, "InTime", Soon)

    def two(task: str, rows: int, continuous: int, epochs: int, **_: object) -> tuple[Preset, ...]:
        training = TrainingSpec(learning_rate=0.01, schedule="cosine", epochs=epochs, patience=5)
        return tuple(
            Preset(name, NetworkSpec(depth=1, width=width), training, "quick to compile")
            for name, width in (("other", 64), ("narrowing", 32))
        )

    monkeypatch.setattr(presets, "presets", two)
    monkeypatch.setattr(plan, "MEDIUM", 100)
    monkeypatch.setattr(plan, "_FEW", 1e9)
    monkeypatch.setattr(plan, "_SAMPLE_VISITS", 1)
    monkeypatch.setattr(plan, "_SAMPLE_SECONDS", 0.1)


def test_a_default_is_trained_to_the_end_of_the_time_and_repeated_to_the_same_bits(runners: Make) -> None:
    ready, journal = prepared(trees(), trials=None, budget=BUDGET), Journal.create(None, {"budget": BUDGET})
    first = tuned(runners, ready, journal)
    full = {key: value for key, value in trainings(journal.events) if key.stage == "full"}
    assert all(value["parts"][-1][1] == 1 for value in full.values())
    assert first.summary["network"].get("passes", 0) > 0
    assert any("whose schedules end with the time" in note for note in first.summary.get("notes", []))
    assert any(trial["name"] in ("other", "narrowing") for trial in first.trials)
    again = tuned(runners, ready, journal)  # with its arrays lost
    for one, other in zip(first.model.members, again.model.members, strict=True):
        assert all(np.array_equal(one.params[name], other.params[name]) for name in one.params)


def test_the_first_default_is_compared_on_samples_in_another_way_to_encode_too(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suiting, "_LEAST_ROWS", 100)
    monkeypatch.setattr(suiting, "_BINNED_ROWS", 100)
    x = np.random.default_rng(0).normal(size=(2, 600))
    frame = pl.DataFrame({"a": x[0], "b": x[1], "y": np.floor(4 * x[0]) % 2})  # which only bins tell so soon
    ready, journal = prepared(frame, trials=None, budget=BUDGET), Journal.create(None, {"budget": BUDGET})
    assert ready.suiting_encodings == ("bins",)
    found = tuned(runners, ready, journal)
    sampled = {
        v["candidate"]: v["settings"]["encoding"] for k, v in trainings(journal.events) if k.stage == "quick"
    }
    assert sampled == {"other": "robust", "narrowing": "robust", "other (bins)": "bins"}
    full = {v["settings"]["encoding"] for key, v in trainings(journal.events) if key.stage == "full"}
    assert full == {"bins"}
    (choice,) = (each for each in found.summary.get("choices", []) if each["setting"] == "encoding")
    assert (
        choice["value"] == "bins"
        and "with it on a sample, and other, the same otherwise, at" in choice["reason"]
    )
    count = len(journal.events)
    again = tuned(runners, ready, journal)
    assert len(list(trainings(journal.events[count:]))) == 0 and again.trials == found.trials


def test_a_run_of_before_goes_on_in_the_usual_way_to_encode(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suiting, "_LEAST_ROWS", 100)
    monkeypatch.setattr(suiting, "_BINNED_ROWS", 100)
    monkeypatch.setattr(
        explore, "planned", lambda *_, **__: replace(of_few_passes(), generation=3, ways=False)
    )
    ready, journal = prepared(trees(), trials=None, budget=BUDGET), Journal.create(None, {"budget": BUDGET})
    tuned(runners, ready, journal)
    assert ready.suiting_encodings
    assert {v["settings"]["encoding"] for _, v in trainings(journal.events)} == {"robust"}


def test_the_best_finalist_is_looked_at_inside_on_a_sample_and_the_same_is_told_again(runners: Make) -> None:
    ready, journal = prepared(trees(), trials=None, budget=BUDGET), Journal.create(None, {"budget": BUDGET})
    store = MemoryStore()

    def found() -> Tuned:
        clock = Clock(time.monotonic(), BUDGET)
        return search(runners(ready, journal, store), clock, Silent(), probes="usual")

    first = found()
    ((key, value),) = [each for each in trainings(journal.events) if each[0].stage == "look"]
    best = next(v for k, v in trainings(journal.events) if k.stage == "full" and k.number == key.number)
    assert value["settings"] == best["settings"] and len(value["train_loss"]) == plan.LOOK_EPOCHS
    assert len(first.probes["gradient"]) == len(first.probes["epochs"]) > 1
    assert first.probes["rows"] == len(ready.splits.folds[0].train), "fewer than a sample has"
    assert "not-looked-inside" not in {finding.id for finding in first.findings}
    count, again = len(journal.events), found()
    assert len(list(trainings(journal.events[count:]))) == 0 and again.findings == first.findings
    np.testing.assert_equal(again.probes, first.probes)


def test_without_time_to_look_inside_the_best_finalist_that_is_said(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(few_passes, "SAVING", BUDGET)
    ready, journal = prepared(trees(), trials=None, budget=BUDGET), Journal.create(None, {"budget": BUDGET})
    for probes, said in (("usual", 1), ("off", 0)):  # who asks for none misses none
        clock = Clock(time.monotonic(), BUDGET)
        found = search(runners(ready, journal), clock, Silent(), probes=probes)
        assert [finding.id for finding in found.findings].count("not-looked-inside") == said
        assert not found.probes and not any(key.stage == "look" for key, _ in trainings(journal.events))


def test_where_no_finalist_is_in_time_the_best_of_the_samples_predicts(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where all rows take longer to encode than there is time."""
    monkeypatch.setattr(few_passes, "in_time", lambda *_: {})
    ready, journal = prepared(trees(), trials=None, budget=BUDGET), Journal.create(None, {"budget": BUDGET})
    found = tuned(runners, ready, journal)
    quick = [(key, value) for key, value in trainings(journal.events) if key.stage == "quick"]
    _, best = min(quick, key=lambda one: (-one[0].seed, one[1]["loss"]))  # of the second rung
    models = [event["of"] for event in journal.events if event["kind"] == "model"]
    assert models[-1] == f"{best['candidate']} on a sample"  # saved before finalists were to begin
    assert len(found.model.members) == 1
    assert any("no training on all rows came to its end" in note for note in found.summary.get("notes", []))


@pytest.mark.parametrize("most", [50, 10**6], ids=["small parts", "parts of all rows of the fold"])
def test_along_time_finalists_are_trained_again_up_to_the_newest_row(
    runners: Make, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(Soon, "MOST", most)
    frame = trees(400).with_columns(day=pl.Series(range(400)))
    ready = prepared(frame, trials=None, budget=BUDGET, time="day")
    journal = Journal.create(None, {"budget": BUDGET})
    found = tuned(runners, ready, journal)
    again = [value for key, value in trainings(journal.events) if key.fold == ALL]
    full = {v["candidate"]: v for key, v in trainings(journal.events) if key.stage == "full"}
    assert again
    assert found.scored is not None
    beside = [value for key, value in trainings(journal.events) if key.fold == OTHERWISE]
    assert len(beside) == 1 and "beside" in found.summary and found.summary["beside"]["how"] == "random"
    for value in [*again, *beside]:
        finalist = full[value["candidate"]]
        assert value["passes"][-1] == pytest.approx(finalist["passes"][finalist["best_epoch"] - 1], rel=0.05)


def test_time_is_shared_so_that_training_on_all_rows_has_as_many_passes_as_before() -> None:
    made = plan.make(
        rows=300_000,
        train_rows=200_000,
        folds=1,
        budget=60.0,
        workers=2,
        epoch_seconds=10.0,
        compile_seconds=1.0,
        newest=True,
    )
    assert made.finalists
    middle, last = few_passes.ends(made, Clock(time.monotonic(), 60.0))
    assert (last - middle) / (middle - made.explore_end) == pytest.approx(1.5)


def test_encoding_all_rows_takes_its_time_from_finalists_and_from_what_follows_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else their schedules were to end before they begin."""
    now, made = 1000.0, of_few_passes(newest=True)
    monkeypatch.setattr(time, "monotonic", lambda: now)

    def share(finals: list[Training], until: float) -> None:
        nonlocal now
        now += 0.4 * BUDGET

    clock = Clock(1000.0 - made.explore_end * BUDGET, BUDGET)
    runner: Any = SimpleNamespace(share=share, encoding_seconds=lambda training: 0.1 * BUDGET)
    end = few_passes._end(runner, made, [Training("full", candidate(), "0")], clock)
    last, used = few_passes.ends(made, clock)[1], made.explore_end + 0.4
    assert used < end < last
    assert last - 0.1 - end == pytest.approx(made.growth * (end - used))  # to train again


def test_a_run_without_samples_and_finalists_says_so_with_the_numbers_of_its_plan() -> None:
    made = replace(of_few_passes(), generation=0)  # 1,000 s a pass, 10,000 s
    (told,) = few_passes.said(made, Explored(), 10**6)
    assert told == (
        "The slowest default passes 1,000 rows a second on one worker, so the time was enough for about 10 passes over "
        "1,000,000 training rows on all workers together, too few to train many candidates on all rows. A third of the "
        "time was too short to compare candidates on samples; no training on all rows came to its end in the time that "
        "was left."
    )


def test_there_is_a_finalist_a_worker_while_candidates_last_and_a_default_among_them() -> None:
    ranked = [candidate(number) for number in range(20)]
    ranked[15] = replace(ranked[15], reason="published")
    for workers, expected in ((8, [15, *range(7)]), (64, [15, *range(15), *range(16, 20)])):
        many = plan.make(
            rows=10**6, train_rows=10**6, folds=1, budget=BUDGET, workers=workers, epoch_seconds=1e5,
            compile_seconds=1.0,
        )  # fmt: skip
        chosen = few_passes._finalists(ranked, workers, many.finalists)
        assert [each.number for each in chosen] == expected
    fewer = few_passes._finalists(ranked, 2, 64)  # resumed on a smaller machine
    assert [each.number for each in fewer] == [15, 0, 1, 2]


def test_of_many_finalists_the_fewest_and_the_most_passes_are_told() -> None:
    for count, told in (
        (4, "trial 0 1, trial 1 2, trial 2 3, trial 3 4"),
        (5, "1 to 5, of 5 finalists"),
    ):
        explored = Explored(1)
        explored.ask(candidate(number) for number in range(count))
        for own in explored.asked:
            value = {"passes": [own.number + 1.0], "best_epoch": 1, "valid_loss": [0.1]}
            explored.record_full([Result(Training("full", own, "0"), 0.1, value)])
        (sentence,) = few_passes.said(of_few_passes(), explored, 10**6)
        assert f"(passes of each: {told})" in sentence


def test_finalists_have_no_patience_but_in_runs_of_before() -> None:
    """Whose trainings the journal knows by their settings."""
    given = replace(candidate(), training=TrainingSpec(patience=3))
    now = of_few_passes()
    before = Plan(**{name: value for name, value in now.to_json().items() if name != "patient"})
    finals = [few_passes._finals(each, [given])[0] for each in (now, before)]
    assert [final.candidate.training.patience for final in finals] == [None, 3]


def test_parts_grow_with_the_rows_and_are_cut_where_a_program_takes_fewer() -> None:
    parts = [(50, 0.25), (100, 0.75), (7, 1.0)]
    assert few_passes.grown(parts, 1.5, 1_000) == ((75, 0.25), (150, 0.75), (10, 1.0))
    cut = few_passes.grown(parts, 1.5, 60)
    assert cut == (
        (37, 0.125),
        (38, 0.25),
        (50, pytest.approx(0.25 + 0.5 / 3)),
        (50, pytest.approx(0.25 + 1 / 3)),
        (50, 0.75),
        (10, 1.0),
    )


def test_finalists_that_a_resumed_run_has_less_time_for_end_with_that(runners: Make) -> None:
    runner = runners(prepared(trees(), trials=None, budget=BUDGET))
    half, all_of = 0.5 * BUDGET, of_few_passes()
    runner.journal.decide(
        f"seconds of each network to {few_passes.ends(all_of, Clock(0.0, BUDGET))[0]:.3g} of the time, "
        f"of {all_of.visits:.6g} visits",
        lambda: 0.95 * BUDGET,  # before the process that is resumed came to its end
    )
    clock = Clock(time.monotonic() - half, BUDGET)
    share = few_passes.ends(all_of, clock)[0]
    wanted = [Training("full", candidate(), "0")]
    assert few_passes.in_time(runner, all_of, wanted, share, clock)
