"""The search in this process: what is chosen, on which rows, and that nothing but the seed decides."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, prepared, trees, tuned

from honed.diagnosis import data, training
from honed.report.progress import Silent
from honed.run.in_process import InProcess
from honed.run.journal import Journal
from honed.search import refit, signs
from honed.search import search as search_module
from honed.search.clock import Clock
from honed.search.new_run import PERFORM
from honed.search.runner import Runner
from honed.search.search import Tuned, search
from honed.search.stores import MemoryStore

pytestmark = pytest.mark.slow


def facts(result: Tuned) -> dict[str, Any]:
    return dict(result.summary)


@pytest.fixture(scope="module")
def usual() -> Tuned:
    """The search of `prepared(trees())`, which several tests look at or compare with."""
    with contextlib.closing(InProcess(PERFORM)) as executor:
        runner = Runner(prepared(trees()), Journal.create(None, {}), MemoryStore(), executor)
        return search(runner, Clock(0.0, None), Silent())


def test_the_same_seed_gives_the_same_model_and_another_seed_another(runners: Make, usual: Tuned) -> None:
    frame = trees()
    one = usual.model.values(frame)
    two, other = (tuned(runners, prepared(frame, seed=seed)).model.values(frame) for seed in (0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_a_journal_replayed_trains_nothing_and_chooses_the_same(runners: Make) -> None:
    journal, store, ready = Journal.create(None, {}), MemoryStore(), prepared(trees())
    first = search(runners(ready, journal, store), Clock(0.0, None), Silent())
    results = [event for event in journal.events if event["kind"] != "model"]
    again = runners(ready, journal, store)
    second = search(again, Clock(0.0, None), Silent())
    assert [event for event in journal.events if event["kind"] != "model"] == results
    np.testing.assert_array_equal(first.model.values(trees()), second.model.values(trees()))


def test_it_beats_the_linear_model_where_there_is_more_to_learn(runners: Make) -> None:
    rng = np.random.default_rng(1)
    X = rng.uniform(-2, 2, size=(300, 2))
    frame = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": np.sin(2 * X[:, 0]) * X[:, 1]})
    scores = facts(tuned(runners, prepared(frame)))["scores"]
    assert scores["ensemble"]["value"] < 0.5 * scores["linear"]["value"] < scores["trivial"]["value"]


def test_outer_rows_have_no_influence_on_the_choice(runners: Make, usual: Tuned) -> None:
    """Other targets on the outer rows change scores, and neither trials nor choices."""
    frame = trees()
    ready = prepared(frame)
    outer = ready.splits.outer
    y = frame["y"].to_numpy().copy()
    y[outer] = y[outer][::-1] + 1
    source: Any = ready.source
    other = tuned(runners, replace(ready, source=replace(source, y=y)))
    assert other.trials == usual.trials
    assert facts(other)["scores"]["ensemble"] != facts(usual)["scores"]["ensemble"]


def test_where_nobody_could_look_inside_the_best_network_that_is_said(
    runners: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where all of the budget is gone."""
    usual, searched = refit.refit, Journal.create(None, {})

    def late(runner: Runner, the_plan: Any, chosen: Any, clock: Clock, look: Any, scored: Any) -> Any:
        return usual(runner, the_plan, chosen, clock, [], scored)

    monkeypatch.setattr(search_module, "refit", late)
    ready, store = prepared(trees(), trials=1), MemoryStore()

    def ids() -> set[str]:
        found = search(runners(ready, searched, store), Clock(0.0, None), Silent(), probes="usual")
        return {finding.id for finding in found.findings}

    assert "not-looked-inside" in ids()
    monkeypatch.undo()
    assert "not-looked-inside" not in ids()


def test_single_predicts_with_one_network(runners: Make) -> None:
    result = tuned(runners, prepared(trees(), single=True))
    assert len(result.model.members) == 1
    assert result.summary["uses"] == "network"


def test_the_model_that_was_scored_is_kept_where_another_predicts(usual: Tuned) -> None:
    ready = prepared(trees())
    assert usual.scored is not None
    outer = ready.splits.outer
    rest = ready.y[outer] - usual.scored.values(ready.source.take(outer))
    scores = facts(usual)["scores"]
    assert scores["ensemble"]["value"] == pytest.approx(np.sqrt((rest**2).mean()))
    assert scores["default"]["low"] < scores["default"]["value"] < scores["default"]["high"]


def test_the_default_is_kept_on_pure_noise(runners: Make) -> None:
    """Enough rows that the default does not overfit them: an average of networks would rightly beat it there."""
    rng = np.random.default_rng(3)
    frame = pl.DataFrame({f"x{i}": rng.normal(size=2000) for i in range(4)}).with_columns(
        y=pl.Series(rng.choice(["heads", "tails"], 2000))
    )
    result = tuned(runners, prepared(frame, trials=12))
    assert "Kept the default" in facts(result)["verdict"]
    assert {member["name"] for member in facts(result)["ensemble"]} == {"RealMLP-TD"}


def test_without_outer_rows_nothing_is_scored(runners: Make) -> None:
    rows = pl.DataFrame({"size": [0.1, 0.7, 1.9, 2.2], "y": [1.5, 2.5, 3.7, 4.1]})
    result = tuned(runners, prepared(rows, trials=1))
    assert result.summary["scores"] == {}
    assert not any("baseline" in note for note in facts(result)["notes"])


def test_a_baseline_that_fails_is_not_said_to_be_late(runners: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from honed.search import baselines

    def broken(payload: Any, data: Any) -> Any:
        raise ValueError("one class only")

    monkeypatch.setattr(baselines, "fit", broken)
    notes = facts(tuned(runners, prepared(trees(), trials=1)))["notes"]
    assert any("failed, so it is not among the scores: ValueError: one class only" in note for note in notes)


def test_rules_that_fail_leave_the_search_with_its_model(
    runners: Make, usual: Tuned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(case: Any) -> Any:
        raise OverflowError("too large")

    monkeypatch.setattr(data, "RULES", (broken,))
    monkeypatch.setattr(training, "RULES", (broken,))
    monkeypatch.setattr(signs, "is_failure", broken)
    with pytest.warns(UserWarning, match="is left out, as it failed: OverflowError"):
        found = tuned(runners, prepared(trees()))
    frame = trees().drop("y")
    np.testing.assert_array_equal(found.model.values(frame), usual.model.values(frame))


@pytest.mark.parametrize("cell", [3.4e38, 1e300, 5e-324])
@pytest.mark.parametrize("column", ["size", "y"])
def test_a_wild_cell_ends_no_search(runners: Make, cell: float, column: str) -> None:
    frame, row = trees(), np.arange(150) == 7
    cell = min(cell, 1e145) if column == "y" else cell
    frame = frame.with_columns(pl.when(pl.Series(row)).then(cell).otherwise(pl.col(column)).alias(column))
    found = tuned(runners, prepared(frame, trials=1))
    assert np.isfinite(found.model.values(frame.drop("y"))).all()
    assert found.summary["scores"]
