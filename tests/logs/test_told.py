"""What the events of a journal tell."""

from __future__ import annotations

from typing import Any

import pytest

from honed.family import find_family
from honed.logs.destination import Best, Run, Training
from honed.logs.told import Teller, ended, settings
from honed.report.facts import Facts
from honed.run.journal import Journal


@pytest.fixture
def told(run: Run, first_half: Any, second_half: Any) -> list[Training | Best]:
    journal = Journal.create(None, {})
    first_half(journal)
    second_half(journal)
    teller = Teller(run, find_family(None))
    return [each for each in map(teller.of, journal.events) if each is not None]


def test_candidates_are_told_and_neither_the_first_network_nor_rivals_nor_what_came_too_late(
    told: list[Training | Best],
) -> None:
    trainings = [each for each in told if isinstance(each, Training)]
    assert [(each.number, each.step) for each in trainings] == [(0, 1), (1, 1), (0, 2), (0, 3), (2, 1)]
    assert [each.failed for each in trainings] == ["", "", "", "", "it was too large"]


def test_a_training_that_failed_has_the_name_of_its_candidate(run: Run, first_half: Any) -> None:
    journal = Journal.create(None, {})
    first_half(journal)
    journal.record("full/0/1/0", {"ok": False, "error": "memory", "detail": "it was too large"})
    teller = Teller(run, find_family(None))
    last = [each for each in map(teller.of, journal.events) if each is not None][-1]
    assert isinstance(last, Training)
    assert (last.number, last.name, last.failed) == (0, "a default", "it was too large")


def test_scores_are_in_the_metrics_units_and_a_candidates_is_the_mean_of_its_folds(
    told: list[Training | Best],
) -> None:
    quick, _, first, second, _, best = told
    assert isinstance(quick, Training) and isinstance(first, Training) and isinstance(second, Training)
    assert quick.scores == {"accuracy/quick": 0.5}
    assert first.scores == {"accuracy/fold_0": 0.75, "accuracy": 0.75}
    assert second.scores == {"accuracy/fold_1": 0.25, "accuracy": 0.5}
    assert isinstance(best, Best) and (best.score, best.step) == (0.5, 1)


def test_a_curve_has_none_where_there_is_no_number(told: list[Training | Best]) -> None:
    quick = told[0]
    assert isinstance(quick, Training)
    assert quick.curves["valid_loss/quick"] == [0.95, 0.85, None]
    assert set(quick.curves) == {"train_loss/quick", "valid_loss/quick", "rate/quick"}
    assert quick.ended - quick.began == pytest.approx(2.0)


def test_settings_are_those_that_a_search_moves_with_defaults_and_all_that_are_given() -> None:
    own = {"network": {"depth": 5}, "training": {"noise": 0.5}, "target": "log", "encoding": "robust"}
    found = settings(find_family(None), own)
    assert (found["depth"], found["noise"], found["target_transform"]) == (5, 0.5, "log")
    assert found["optimizer"] == "adam" and "learning_rate" in found and "momentum" not in found


def test_the_end_of_a_run_without_facts_has_only_how_it_ended() -> None:
    assert ended("failed", 2.0, None, None).files == {}


def test_the_end_of_a_run_has_its_scores_with_their_intervals_its_choices_and_its_page() -> None:
    facts: Facts = {
        "target": "y",
        "task": "regression",
        "metric": "root_mean_squared_error",
        "greater_is_better": False,
        "uses": "network",
        "network": {},
        "choices": [{"setting": "depth", "value": 2, "reason": "why", "evidence": "default"}],
        "scores": {"network": {"value": 0.5, "low": 0.4, "high": None}, "trivial": {"value": None}},
        "rows": {"outer": 30},
        "time": {},
    }
    end = ended("done", 2.0, facts, None)
    assert end.scores == {"score/network": 0.5, "score/network_low": 0.4}
    assert end.facts["chosen.depth"] == "2" and end.facts["uses"] == "network"
    assert set(end.files) == {"summary.json", "show.txt"}
    assert "depth" in end.files["show.txt"].decode()
