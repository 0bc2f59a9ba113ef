"""The first network of a run with a budget."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, prepared, trees

from honed.errors import RunError
from honed.model.model import Model
from honed.run.journal import Journal
from honed.search import first_network, job, plan
from honed.search.clock import Clock
from honed.trials import trainings

pytestmark = pytest.mark.slow


def test_it_is_saved_once_and_the_pace_of_the_others_is_there(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_network, "_COMPILED", 1e6)
    journal, saved = Journal.create(None, {}), list[Model]()
    runner = runners(prepared(trees()), journal)
    first_network.begin(runner, saved.append, Clock(time.monotonic(), 1e6))
    assert len(saved) == 1
    stages = [key.stage for key, _ in trainings(journal.events)]
    assert stages[0] == "first"
    assert set(stages[1:]) == {"pace"}
    assert first_network.epoch_seconds(runner) > 0
    recipes = {candidate.values["recipe"] for candidate in first_network.space(runner, 1).defaults()}
    losses = [value["loss"] for _, value in trainings(journal.events)]
    looks = first_network.looks(runner)
    assert set(looks) <= recipes and len(looks) > 1 and sorted(looks.values()) == sorted(losses)
    rows = len(runner.prepared.splits.folds[0].valid)
    said = [value["said_seconds"] / rows for key, value in trainings(journal.events) if key.stage == "pace"]
    assert first_network.answer_seconds(runner) == max(said)
    assert len(list(trainings(journal.events))) == len(stages)  # nothing was trained for the pace


@pytest.mark.parametrize(("passes", "measured"), [(60, 1), (40, 3), (5, 1)])
def test_a_pace_by_which_passes_are_few_is_measured_once_more_where_it_may_be_wrong(
    runners: Make, monkeypatch: pytest.MonkeyPatch, passes: int, measured: int
) -> None:
    """Enough, few by a pace that other programs may have slowed, and few whatever they did."""
    monkeypatch.setattr(first_network, "_DOUBT_SHARE", math.inf)
    monkeypatch.setattr(first_network, "_COMPILED", math.inf)
    monkeypatch.setattr(plan, "MEDIUM", 100)
    journal = Journal.create(None, {})
    runner = runners(prepared(trees()), journal)
    budget = 1e6
    monkeypatch.setattr(first_network, "epoch_seconds", lambda _: runner.workers * budget / passes)
    first_network.begin(runner, lambda _: None, Clock(time.monotonic(), budget))
    seeds = [key.seed for key, _ in trainings(journal.events) if key.stage == "pace"]
    assert seeds.count(0) == 2 and len(seeds) == 2 * measured


def test_ways_to_encode_that_were_asked_for_are_tried_by_the_first_default(runners: Make) -> None:
    runner = runners(prepared(trees(), encodings=("standard", "robust", "none", "pairs")))
    found = first_network.space(runner, 1).defaults()
    assert [each.encoding for each in found if each.name.startswith("RealMLP-TD")] == [
        "robust",
        "standard",
        "none",
    ]
    assert {each.encoding for each in found if not each.name.startswith("RealMLP-TD")} == {"robust"}
    assert {each.encoding for each in first_network.space(runners(prepared(trees())), 1).defaults()} == {
        "robust"
    }


def test_of_few_rows_it_makes_steps_enough_to_learn_and_of_many_it_is_brief(runners: Make) -> None:
    few, many = (runners(prepared(trees(rows))) for rows in (150, 12_000))
    assert first_network.first(many).candidate.training.epochs == first_network._EPOCHS
    training = first_network.first(few)
    (long,) = few.train([training]).values()
    # what is told of it, and what is trained again on all rows, go by the candidate's own epochs
    assert long.value["settings"]["training"]["epochs"] == training.candidate.training.epochs
    brief = replace(training, epochs=first_network._EPOCHS)
    (short,) = runners(few.prepared).train([brief]).values()
    fold = few.fold("0")
    guess = few.prepared.metric.loss(fold.truth, np.full(len(fold.truth), few.prepared.y.mean()))
    assert short.value["steps"] < long.value["steps"] <= first_network._STEPS + 2
    assert long.loss < short.loss and long.loss < 0.7 * guess


def test_of_very_many_columns_it_sees_the_few_that_say_most(runners: Make) -> None:
    """The plainest on all columns learns the noise of so few rows, and is worse than a guess."""
    rng, columns = np.random.default_rng(0), 400
    values = rng.normal(size=(120, columns))
    frame = pl.DataFrame(values, [f"x{number}" for number in range(columns)])
    frame = frame.with_columns(y=pl.Series(2 * values[:, 7] - values[:, 300] + 0.3 * rng.normal(size=120)))
    journal = Journal.create(None, {})
    runner = runners(prepared(frame), journal)
    first_network.begin(runner, lambda _: None, Clock(time.monotonic(), 1e6))
    training = first_network.first(runner)
    assert training.candidate.encoding == "screened"
    fold = runner.fold("0")
    guess = runner.prepared.metric.loss(fold.truth, np.full(len(fold.truth), runner.prepared.y.mean()))
    assert runner.known([training])[training].loss < 0.5 * guess
    assert {"sparse linear", "narrowing"} <= set(first_network.looks(runner))


def test_a_pace_that_a_far_plainer_network_cannot_tell_is_reckoned_by_products(runners: Make) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(rng.normal(size=(120, 400)), [*(f"x{number}" for number in range(399)), "y"])
    runner = runners(prepared(frame), Journal.create(None, {}))
    runner.train([first_network.first(runner)])
    costs = [runner.products(each.candidate) for each in first_network._pace(runner)]
    rows = len(runner.prepared.splits.folds[0].train)
    assert first_network.epoch_seconds(runner) == pytest.approx(max(costs) / first_network._PRODUCTS * rows)


@pytest.mark.parametrize("workers", [1, 2])
def test_what_ran_while_others_compiled_is_run_once_more_and_the_quicker_counts(
    workers: int, runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker compiles beside none."""
    monkeypatch.setattr(first_network, "_COMPILED", -1)
    journal = Journal.create(None, {})
    runner = runners(prepared(trees()), journal)
    runner.workers = workers
    first_network.begin(runner, lambda model: None, Clock(time.monotonic(), 1e6))
    times = dict[int, list[float]]()
    for key, value in trainings(journal.events):
        if key.stage == "pace":
            times.setdefault(key.number, []).append(value["run_seconds"] / len(value["train_loss"]))
    assert times and all(len(each) == workers for each in times.values())
    assert first_network.epoch_seconds(runner) == pytest.approx(max(map(min, times.values())))


def test_one_that_cannot_be_trained_ends_the_run(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(worker: job.Worker, payload: Any, *ends: float | None) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(job.Worker, "train", broken)
    with pytest.raises(RunError, match=r"The first network could not be trained: memory ran out \(no room\)"):
        first_network.begin(runners(prepared(trees())), lambda model: None, Clock(0.0, 1.0))


def test_only_the_first_is_trained_where_time_is_out(runners: Make) -> None:
    """And its pace stands for that of the others."""
    journal = Journal.create(None, {})
    runner = runners(prepared(trees()), journal)
    first_network.begin(runner, lambda model: None, Clock(0.0, 1.0))
    assert [key.stage for key, _ in trainings(journal.events)] == ["first"]
    assert 0 < first_network.epoch_seconds(runner) < 1.0
    assert 0 < first_network.answer_seconds(runner) < 1.0
