"""Trainings on folds: what counts as a failure, and what is remembered."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest
from drawn_pictures import CLASSES, drawn
from search_helpers import Make, candidate, prepared, trees

from honed.device import Device
from honed.errors import RunError
from honed.families.found import IMAGE
from honed.families.image.source import of_arrays
from honed.run.journal import Journal
from honed.search import baselines, job
from honed.search import runner as runner_module
from honed.search.options import Options
from honed.search.prepare import prepare_source
from honed.search.stores import MemoryStore
from honed.search.training import Training
from honed.table.columns import Schema
from honed.table.target import Target
from honed.trials import ALL

pytestmark = pytest.mark.slow


def test_a_loss_that_is_no_number_is_a_failure_and_no_score(runners: Make) -> None:
    runner = runners(prepared(trees()))
    wild = Training("full", candidate(optimizer="sgd", learning_rate=100.0), "0")
    tame = Training("full", candidate(1), "0")
    found = runner.train([wild, tame])
    assert found[wild].loss == math.inf
    assert found[wild].value["diverged"]
    assert math.isfinite(found[tame].loss)


def test_a_network_that_never_had_a_finite_loss_is_not_its_starting_weights(runners: Make) -> None:
    """Diverged in the first epoch: the weights kept are those before training, whose score would look like one."""
    runner = runners(prepared(trees()))
    wild = Training(
        "full", candidate(optimizer="sgd", learning_rate=100.0, gradient_clip=None, batch_size=8), "0"
    )
    result = runner.train([wild])[wild]
    assert result.value["best_epoch"] == 0
    assert result.loss == math.inf


def test_arrays_that_were_lost_are_computed_again_bit_by_bit(runners: Make) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    before = runner.parameters(training)
    runner.store = MemoryStore()
    after = runner.parameters(training)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_what_comes_of_lanes_hangs_on_no_other_training_in_them(runners: Make) -> None:
    """The same bits of a run that was stopped, and of arrays that were lost; those of one lane but for last digits."""
    todo = [Training("full", candidate(number), "0", seed=number, epochs=3) for number in range(3)]
    ready, journal = prepared(trees(), lanes=4), Journal.create(None, {})
    runner = runners(ready)
    assert [result.value["lanes"] for result in runner.train(todo).values()] == [4, 4, 4]
    stopped = runners(ready, journal)

    def stop(training: Training) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped.train(todo, on_network=stop)
    assert stopped.networks == 1
    resumed, alone = runners(ready, journal), runners(prepared(trees()))
    resumed.train(todo)
    assert "lanes" not in alone.train(todo)[todo[0]].value
    for training in todo:
        wanted, again, other = (each.parameters(training) for each in (runner, resumed, alone))
        runner.store.drop(training.key)
        lost = runner.parameters(training)
        for name, value in wanted.items():
            np.testing.assert_array_equal(again[name], value)
            np.testing.assert_array_equal(lost[name], value)
            np.testing.assert_allclose(other[name], value, rtol=0, atol=1e-4 * np.abs(value).max())


def test_before_a_deadline_there_are_no_more_lanes_than_end_in_time_one_by_one(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is in the lanes of a program ends together, and would be lost together."""
    todo = [Training("quick", candidate(number), "0", seed=number, epochs=3) for number in range(8)]
    runner = runners(prepared(trees(), lanes=8))
    monkeypatch.setattr(runner.pace, "seconds", lambda training, rows: 9.0 + training.candidate.number / 8)
    beside = dict.fromkeys(map(runner_module._side, todo), 8)
    now = time.monotonic()
    for left, wanted in ((None, 8), (90.0, 8), (50.0, 4), (30.0, 2), (12.0, 1), (-1.0, 1)):
        until = None if left is None else now + left
        assert list(runner._beside_in_time(todo, beside, until).values()) == [wanted], left
    monkeypatch.setattr(runner.pace, "seconds", lambda training, rows: None)
    assert runner._beside_in_time(todo, beside, now + 1.0) == beside, "nothing is known"


def test_arrays_that_were_lost_and_cannot_be_repeated_are_an_error_with_its_why(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    runner.store = MemoryStore()

    def starved(*given: Any, **named: Any) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(job.Worker, "train", starved)
    with pytest.raises(
        RunError, match=r"full/0/0/0 .* lost, .*: memory ran out .*no room.*trials/.*honed resume"
    ):
        runner.predictions(training)


def test_a_finished_training_is_not_done_again(runners: Make) -> None:
    runner = runners(prepared(trees()))
    training = Training("full", candidate(), "0")
    runner.train([training])
    runner.train([training])
    assert runner.networks == 1


def test_trainings_that_came_too_late_have_no_result(runners: Make) -> None:
    runner = runners(prepared(trees()))
    assert runner.train([Training("full", candidate(), "0")], until=0.0) == {}


def test_what_was_late_is_done_once_there_is_more_time(runners: Make) -> None:
    journal, ready = Journal.create(None, {"budget": 1.0}), prepared(trees())
    training = Training("full", candidate(), "0")
    assert runners(ready, journal).train([training], until=0.0) == {}
    assert runners(ready, journal).train([training]) == {}  # a decision of the clock, which a replay repeats
    journal.event("extended", budget=9.0)
    more = runners(ready, journal)
    assert math.isfinite(more.train([training])[training].loss)
    count = len(journal.events)
    assert training in more.train([training])
    assert training in runners(ready, journal).train([training])
    assert len(journal.events) == count


def test_a_baseline_that_was_late_is_fitted_once_there_is_more_time(runners: Make) -> None:
    journal, ready = Journal.create(None, {"budget": 1.0}), prepared(trees())
    assert runners(ready, journal).baselines(["linear"], until=0.0) == {}
    journal.event("extended", budget=9.0)
    assert set(runners(ready, journal).baselines(["linear"])) == {"linear"}


def test_baselines_of_an_earlier_process_cost_no_encoding(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, ready = Journal.create(None, {}), prepared(trees())
    first = runners(ready, journal).baselines(["linear"])
    monkeypatch.setattr(ready.family, "learn", None)
    assert runners(ready, journal).baselines(["linear"]) == first != {}


def test_baselines_that_are_late_cost_no_encoding(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = runners(prepared(trees()))
    monkeypatch.setattr(runner.prepared.family, "learn", None)
    assert runner.baselines(["linear", "boosting"], until=0.0) == {}
    outcome = runner.journal.result("baseline/linear")
    assert outcome is not None and outcome["error"] == "late"


def test_the_time_of_boosting_goes_by_the_columns_that_it_gets(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns: list[int] = []
    monkeypatch.setattr(baselines, "seconds", lambda name, rows, count, widths: columns.append(count))
    pictures, y = drawn(120)
    schema = Schema((), Target("y", "binary", CLASSES, ""), 120, 0)
    options = Options("memory", "y", trials=4, family=IMAGE)
    of_pictures = prepare_source(of_arrays(pictures[..., None], schema, y.astype(np.int32)), options)
    for ready in (prepared(trees()), of_pictures):
        assert runners(ready).baselines(["boosting"])
    assert columns == [2, 3 * 16]  # of pictures what sums up each of 4 × 4 fields


@pytest.mark.parametrize("change", [{"stop_after": 2}, {"epochs": 2}, {"rows": 30}])
def test_a_result_is_of_just_what_was_trained(runners: Make, change: dict[str, Any]) -> None:
    journal, ready = Journal.create(None, {}), prepared(trees())
    one, other = (Training("full", candidate(), "0", **more) for more in ({}, change))
    assert one.key == other.key
    first = runners(ready, journal).train([one])[one]
    again = runners(ready, journal)
    assert again.train([other])[other].value["train_loss"] != first.value["train_loss"]
    assert again.networks == 2


def test_networks_of_earlier_processes_count(runners: Make) -> None:
    journal, ready = Journal.create(None, {}), prepared(trees())
    runners(ready, journal).train([Training("full", candidate(), "0")])
    assert runners(ready, journal).networks == 1


def test_what_is_late_costs_no_encoding(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = prepared(trees())
    made, learn = [], ready.family.learn
    monkeypatch.setattr(ready.family, "learn", lambda *given: made.append(given) or learn(*given))
    runner = runners(ready)
    runner.inputs()
    late = [Training("full", candidate(), fold) for fold in ("1", ALL)]
    assert runner.train(late, until=0.0) == {}
    outcomes = [runner.journal.result(each.key) for each in late]
    assert [outcome and outcome["error"] for outcome in outcomes] == ["late", "late"]
    assert all(runner.seconds_with_program(each) is None for each in late)
    assert len(made) == 1


@pytest.mark.parametrize(("nested", "grace"), [(3, 2.0), (0, 0.0)])
def test_where_rounds_follow_what_runs_may_end_after_the_moment_at_which_nothing_begins(
    nested: int, grace: float, runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = runners(prepared(trees(), trials=None, budget=60.0, nested=nested))
    given: list[Any] = []
    monkeypatch.setattr(runner._executor, "run", lambda jobs, until, **_: given.append((jobs, until)))
    end = time.monotonic() + 60
    runner.train([Training("full", candidate(), "0")], end)
    (((begun,), until),) = given
    assert (until, begun.seconds or 0.0) == (end + grace, grace)  # nothing is known of its pace


def test_a_training_is_done_on_the_device_of_the_executor(runners: Make) -> None:
    """Which this process does not have, so that JAX says so."""
    runner, training = runners(prepared(trees())), Training("full", candidate(), "0")
    runner._executor.device = Device("gpu", names=("A100",))  # pyright: ignore[reportAttributeAccessIssue]
    assert runner.train([training]) == {}
    assert "'gpu' requested" in (runner.journal.result(training.key) or {})["detail"]
