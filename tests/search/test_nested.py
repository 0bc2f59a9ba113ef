"""Rounds of a small table, in this process."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from search_helpers import Make, prepared, trees

from honed.report.progress import Silent
from honed.run.journal import Journal
from honed.search import nested
from honed.search.clock import Clock
from honed.search.prepare import Prepared
from honed.search.runner import Runner
from honed.search.search import Tuned, search
from honed.search.standing import Standing
from honed.search.stores import MemoryStore

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ready() -> Prepared:
    return prepared(trees(60), trials=1, nested=3)


def of(runner: Runner) -> Tuned:
    return search(runner, Clock(0.0, None), Silent())


def said(runner: Runner) -> list[nested.Round]:
    return nested.further(runner, None, Clock(0.0, None), Silent())


def test_the_score_is_of_every_row_and_the_model_is_as_without_rounds(runners: Make, ready: Prepared) -> None:
    journal, store = Journal.create(None, {}), MemoryStore()
    found = of(runners(ready, journal, store))
    told: Any = found.summary
    assert told["nested"]["rounds"] == 3
    assert told["nested"]["rows"] == 60
    assert (
        "each of the 60 rows was predicted by networks of a search that did not see it" in told["notes"][-1]
    )
    alone = of(runners(replace(ready, rounds=())))
    np.testing.assert_array_equal(found.model.values(trees()), alone.model.values(trees()))
    assert told["nested"]["scores"] == alone.summary["scores"]
    assert told["scores"].keys() == alone.summary["scores"].keys()
    squares = [
        (ready.y[each.rows] - each.said["ensemble"]) ** 2 for each in said(runners(ready, journal, store))
    ]
    first = len(ready.splits.outer) * told["nested"]["scores"]["ensemble"]["value"] ** 2
    assert told["scores"]["ensemble"]["value"] == pytest.approx(
        np.sqrt((first + np.concatenate(squares).sum()) / 60)
    )


def test_no_row_has_a_say_in_what_predicts_it(runners: Make, ready: Prepared) -> None:
    """Other targets on the unseen rows of a round change nothing of what it says, but for the rest."""
    one, *_ = ready.rounds
    y = ready.y.copy()
    y[one.splits.outer] = y[one.splits.outer][::-1] + 1
    source: Any = ready.source
    changed = prepared(
        trees(60).with_columns(y=replace(source, y=y).y), trials=1, nested=3
    )  # from the first reading on
    others = tuple(
        replace(each, source=changed.source, splits=own.splits)
        for each, own in zip(changed.rounds, ready.rounds, strict=True)
    )
    before = said(runners(ready))[0].said
    after = said(runners(replace(changed, splits=ready.splits, rounds=others)))[0].said
    assert before.keys() == after.keys()
    for name in before:
        np.testing.assert_array_equal(before[name], after[name], err_msg=name)


def test_a_replay_does_no_round_again_but_those_that_are_missing(
    runners: Make, ready: Prepared, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    journal, store = Journal.create(tmp_path / "journal.jsonl", {}), MemoryStore()
    do, done = nested._searched, []

    def until_stopped(runner: Runner, clock: Clock) -> nested.Round:
        done.append(runner.prepared.round)
        if done == [1, 2]:
            raise KeyboardInterrupt
        return do(runner, clock)

    monkeypatch.setattr(nested, "_searched", until_stopped)
    assert len(said(runners(ready, journal, store))) == 1
    assert nested.were_stopped(journal)
    journal.event("resumed")
    assert not nested.were_stopped(journal)
    assert len(said(runners(ready, journal, store))) == 2
    assert len(said(runners(ready, journal, store))) == 2
    assert done == [1, 2, 2]


def test_rounds_without_time_are_left_out_and_said(runners: Make, ready: Prepared) -> None:
    runner = runners(ready, Journal.create(None, {"budget": 30.0}))
    assert nested.of_search(runner, Clock(0.0, 30.0)).budget == pytest.approx(24.0)
    assert nested.further(runner, None, Clock(time.monotonic() - 100, 30.0), Silent()) == []
    short = replace(ready.rounds[0].options, trials=None, budget=1.0)
    assert (
        nested._done(
            runner, runner.of_round(replace(ready.rounds[0], options=short)), None, 1e-3, None, Silent()
        )
        is None
    )
    told: Any = {"scores": {}, "notes": []}
    nested.add(told, runner, [nested.Round(ready.splits.outer, {})])
    assert told == {"scores": {}, "notes": [told["notes"][0]]}
    assert "None of 2 further rounds" in told["notes"][0]
    assert "for want of time, by a stop or by an error" in told["notes"][0]


def test_ctrl_c_ends_a_fit_in_memory(runners: Make, ready: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(nested, "_searched", stopped)
    with pytest.raises(KeyboardInterrupt):
        said(runners(ready))


def guessed(runner: Runner, _: object) -> nested.Round:
    """A round without a training."""
    guess = np.zeros(len(runner.prepared.splits.outer))
    return nested.first(
        runner, {"ensemble": guess, "single": guess}, np.stack([guess - 1, guess + 1], axis=1)
    )


def test_a_round_that_fails_leaves_the_others_and_the_score(
    runners: Make, ready: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def one_fails(runner: Runner, clock: Clock) -> nested.Round:
        if runner.prepared.round == 1:
            raise ValueError("a wild cell")
        return guessed(runner, clock)

    monkeypatch.setattr(nested, "_searched", one_fails)
    runner = runners(ready)
    with pytest.warns(UserWarning, match="Round 2 is left out, as it failed: ValueError: a wild cell"):
        rounds = said(runner)
    np.testing.assert_array_equal(
        np.concatenate([each.rows for each in rounds]), ready.rounds[1].splits.outer
    )
    told: Any = {"scores": {"ensemble": {}}, "notes": []}
    nested.add(told, runner, [guessed(runner, None), *rounds])
    assert told["nested"]["rounds"] == 2
    assert "Left out: 1 round of 3, for want of time" in told["notes"][0]


def test_what_some_round_lacks_has_no_score_and_an_earlier_budget_is_said(
    runners: Make, ready: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nested, "_searched", guessed)
    runner = runners(ready)
    last = said(runner)[-1]
    last = replace(
        last, said={name: own for name, own in last.said.items() if name not in ("single", "interval")}
    )
    for more in ("", "Rounds of an earlier budget are not made again"):
        told: Any = {"scores": {"ensemble": {}, "single": {}}, "intervals": {"units": 9}}
        nested.add(told, runner, [guessed(runner, None), last])
        assert "Some round lacks the best network alone, what intervals hold, so" in told["notes"][0]
        assert more in told["notes"][0]
        assert bool(more) == ("earlier budget" in told["notes"][0])
        assert "intervals" not in told
        assert set(told["scores"]) == {"ensemble", "trivial"}
        runner.journal.event("extended", budget=9.0)


def test_a_search_that_replaces_no_model_makes_no_rounds(
    runners: Make, ready: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nested, "further", lambda *_: pytest.fail("a round was made"))
    journal, better = Journal.create(None, {}), Standing({"0": -1.0}, 1.0, 1)
    journal.event("done", standing=better.to_json())
    found = of(runners(ready, journal))
    assert "better on the same validation rows" in found.why_not
    assert "nested" not in found.summary
