"""Ways to encode that suit the data: tried once on the best network, kept where that is better."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from search_helpers import Make, prepared, tuned

from honed.families.table import suiting
from honed.run.journal import Journal
from honed.search import plan, ways
from honed.search.prepare import Prepared
from honed.trials import trainings

TRIALS = 8
DECISION = "ways to encode after the first generation"


def rows(count: int = 300) -> pl.DataFrame:
    """Whose target is a ratio of two columns, which is hard to come by from few rows."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.2, 2.0, size=(4, count)) * rng.choice([-1, 1], size=(4, count))
    return pl.DataFrame({**{f"x{place}": own for place, own in enumerate(x)}, "y": x[0] / x[1]})


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    make = plan.make
    few: dict[str, Any] = {"generation": 4, "promoted": 2, "epochs": 6, "quick_epochs": 3, "folds": 2}
    few |= {"leaders": 1, "more": 0, "refit": False, "structures": 3}
    monkeypatch.setattr(plan, "make", lambda **facts: replace(make(**facts), **few))
    monkeypatch.setattr(suiting, "_LEAST_ROWS", 200)


def of_full(journal: Journal) -> list[str]:
    """Of each full training the encoding of its rows."""
    return [value["settings"]["encoding"] for key, value in trainings(journal.events) if key.stage == "full"]


def encodings(journal: Journal) -> list[str]:
    """Of each candidate in its turn."""
    told = {key.number: value["settings"]["encoding"] for key, value in trainings(journal.events)}
    return [told[number] for number in sorted(told)]


@pytest.mark.slow
def test_a_search_goes_on_in_a_way_that_makes_its_best_network_better(runners: Make, short: None) -> None:
    journal, ready = Journal.create(None, {}), prepared(rows(), trials=TRIALS)
    done = tuned(runners, ready, journal)
    assert ready.suiting_encodings == ("pairs",)
    decided = journal.decision(DECISION)
    (trial,) = decided["trials"]
    assert decided["taken"] == trial["encoding"] == "pairs" and trial["after"] < trial["before"]
    assert encodings(journal) == ["robust"] * 4 + ["pairs"] * (
        TRIALS - 4
    )  # of so many trials as were asked for
    told = [note for note in done.summary.get("notes", []) if "encoded by 'pairs'" in note]
    assert len(told) == 1 and told[0].endswith("so the search went on with it.")
    (choice,) = (each for each in done.summary.get("choices", []) if each["setting"] == "encoding")
    assert choice["value"] == "pairs" and choice["evidence"] == "trials compared"
    assert choice["reason"].startswith(f"{trial['network']} validated at ")

    count = len(journal.events)  # a replay decides, proposes and trains alike, which is nothing anew
    again = tuned(runners, ready, journal)
    assert len(list(trainings(journal.events[count:]))) == 0 and again.trials == done.trials


@pytest.mark.slow
def test_one_that_was_killed_before_a_try_was_judged_goes_on_to_the_same(runners: Make, short: None) -> None:
    journal, ready = Journal.create(None, {}), prepared(rows(), trials=TRIALS)
    done = tuned(runners, ready, journal)
    names = [event.get("name") for event in journal.events]
    tried, judged = (names.index(DECISION + more) for more in (", tried", ""))
    assert judged == tried + 3  # two folds
    for place in (tried, tried + 1, tried + 2):
        after = Journal(None, None, journal.events[: place + 1])
        again = tuned(runners, ready, after)
        assert after.decision(DECISION) == journal.decision(DECISION) and again.trials == done.trials
        assert encodings(after) == encodings(journal)


@pytest.mark.slow
def test_one_that_another_plan_has_begun_judges_nothing_that_it_has_not_trained(
    runners: Make, short: None
) -> None:
    """As after a kill, and with much more time, by which others come so far."""
    for parent, count in ((3, 1), (99, 0)):
        journal = Journal.create(None, {})
        journal.decide(f"{DECISION}, tried", lambda parent=parent: {"parent": parent, "encodings": ["pairs"]})
        tuned(runners, prepared(rows(), trials=TRIALS), journal)
        if count:
            assert journal.decision(DECISION) == {"trials": [], "taken": None}
        assert [*encodings(journal)].count("pairs") == count
        assert "full/3/0/0" not in {str(key) for key, _ in trainings(journal.events)}


@pytest.mark.slow
def test_a_way_that_is_no_better_costs_one_training_a_fold(
    runners: Make, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suiting, "encodings", lambda schema, rows: ("none",))  # unscaled
    numbers = pl.col("x0", "x1", "x2", "x3") * 1e4
    journal = Journal.create(None, {})
    done = tuned(runners, prepared(rows().with_columns(numbers), trials=TRIALS), journal)
    assert encodings(journal) == ["robust"] * 4 + ["none"] + ["robust"] * (TRIALS - 5)
    assert [way for way in of_full(journal) if way == "none"] == ["none"] * 2  # two folds
    told = [note for note in done.summary.get("notes", []) if "encoded by 'none'" in note]
    assert len(told) == 1 and told[0].endswith("so the search went on without it.")
    (choice,) = (each for each in done.summary.get("choices", []) if each["setting"] == "encoding")
    assert choice["value"] == "robust" and choice["reason"].endswith("with 'none', which is not better by 1%")


@pytest.mark.slow
@pytest.mark.parametrize(
    "more", [{"trials": 6}, {"encodings": ("robust",)}, {"encodings": ("standard",)}], ids=str
)
def test_few_trials_and_ways_that_were_asked_for_leave_no_room(
    more: dict[str, Any], runners: Make, short: None
) -> None:
    journal = Journal.create(None, {})
    tuned(runners, prepared(rows(), **{"trials": TRIALS, **more}), journal)
    assert "pairs" not in encodings(journal) and len(of_full(journal)) >= 2


@pytest.mark.slow
def test_a_run_of_before_goes_on_without(runners: Make, short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    make = plan.make

    def made(**facts: Any) -> plan.Plan:
        told = make(**facts).to_json()
        return plan.Plan(**{name: value for name, value in told.items() if name != "ways"})

    monkeypatch.setattr(plan, "make", made)
    journal = Journal.create(None, {})
    tuned(runners, prepared(rows(), trials=TRIALS), journal)
    assert set(encodings(journal)) == {"robust"}


def test_rows_few_or_asked_for_otherwise_suit_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ready: Prepared = prepared(rows())
    assert ready.suiting_encodings == ()
    monkeypatch.setattr(suiting, "_LEAST_ROWS", 200)
    assert ready.suiting_encodings == ("pairs",)
    assert prepared(rows(), encodings=("robust",)).suiting_encodings == ()


def test_of_two_ways_the_better_one_is_told_as_taken() -> None:
    journal = Journal.create(None, {})
    assert ways.told(journal, higher_is_better=False) == []
    trials = [
        ways.Trial("target", "trial 3", -0.5, -0.75)._asdict(),
        ways.Trial("pairs", "trial 3", -0.5, -0.625)._asdict(),
        ways.Trial("crosses", "trial 3", -0.5, -0.504)._asdict(),
        ways.Trial("none", "trial 3", -0.5, math.inf)._asdict(),
    ]
    journal.decide(DECISION, lambda: {"trials": trials, "taken": "target"})
    one, other, little, none = ways.told(journal, higher_is_better=True)
    assert "'target': it validated at 0.75 with it and 0.5 without, so the search went on" in one
    assert other.endswith("0.625 with it and 0.5 without, but another way was better still.")
    assert little.endswith("0.5 without, less than 1% better, so the search went on without it.")
    assert none.endswith(
        "validated beyond all numbers with it and 0.5 without, so the search went on without it."
    )
    assert not ways.Trial("pairs", "trial 3", 0.5, 0.496).is_better  # chance makes as much
    assert ways.Trial("pairs", "trial 3", 0.5, 0.49).is_better
    assert not ways.Trial("pairs", "trial 3", 0.0, 0.0).is_better  # of no loss there is nothing to gain
