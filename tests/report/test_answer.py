from __future__ import annotations

import json

import pytest
from told_runs import Make, append, story

from honed.report import html


def test_the_score_stands_beside_its_rivals(make: Make) -> None:
    answer = story(make(searched=True).path)["answer"]
    used = [score["name"] for score in answer["scores"] if score["used"]]
    assert used == ["ensemble"]
    assert "behind" in answer["scores_say"] and "linear model" in answer["scores_say"]
    assert any("linear model scored better" in step for step in answer["next"])


@pytest.mark.parametrize("ends", [{}, {"low": None, "high": None}], ids=["an interval", "none"])
def test_what_to_expect_of_rows_to_come_follows(make: Make, ends: dict[str, None]) -> None:
    path = make(searched=True).path / "summary.json"
    says = "Of rows to come expect 0.3000 to 0.9000."
    known = json.loads(path.read_text())
    known["over_time"] = {"steps": [0.4, 0.5, 0.6], "low": 0.3, "high": 0.9, "says": says}
    known["scores"][known["uses"]] |= ends
    path.write_text(json.dumps(known))
    said = story(path.parent)["answer"]["scores_say"]
    assert said.startswith("The strongest rival is" if ends else "The model is") and said.endswith(says)


def test_a_late_best_asks_for_more_time(make: Make) -> None:
    run = make(searched=True, finished=False)
    for number in range(3, 9):
        for fold in (0, 1):
            append(run, f"full/{number}/{fold}/0", 0.39 - number / 100)
    told = story(run.path)
    assert told["why"]["history"]["improving"]
    assert any("--budget" in step for step in told["answer"]["next"])


def test_an_early_best_does_not(make: Make) -> None:
    run = make(searched=True)
    for number in range(3, 9):
        for fold in (0, 1):
            append(run, f"full/{number}/{fold}/0", 0.7 + number / 100)
    told = story(run.path)
    assert not told["why"]["history"]["improving"]
    assert not any("--budget" in step for step in told["answer"]["next"])


def test_a_gap_between_the_losses_is_advised_against(make: Make) -> None:
    run = make(searched=True, finished=False)
    for fold in (0, 1):
        append(run, f"full/3/{fold}/0", 0.1, train_loss=[0.9, 0.2], valid_loss=[0.9, 0.8])
    assert any("learns rows by heart" in step for step in story(run.path)["answer"]["next"])


def test_scores_that_are_undefined_are_left_out_of_the_picture(make: Make) -> None:
    run = make(searched=True)
    summary = json.loads((run.path / "summary.json").read_text())
    summary["scores"] = {name: {"value": None, "low": None, "high": None} for name in summary["scores"]}
    (run.path / "summary.json").write_text(json.dumps(summary))
    told = story(run.path)
    assert told["answer"]["scores"] == [] or {s["name"] for s in told["answer"]["scores"]} == {"default"}
    assert "undefined" in told["answer"]["says"]
    assert told["left_out"] == []
    assert "undefined" in html.page(run.path)
