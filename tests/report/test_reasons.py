from __future__ import annotations

import json
from typing import Any

from told_runs import Make, story

from honed.findings import Finding


def test_findings_are_told_with_their_options_and_actions(make: Make) -> None:
    run = make()
    finding = Finding("x", "warning", "Seen.", {}, "Because.", "Use relu.", {"activation": "relu"})
    note = Finding("y", "note", "Seen too.", {}, "Because.", "Rest.")
    (run.path / "findings.json").write_text(json.dumps({"findings": [finding.to_json(), note.to_json()]}))
    told = story(run.path)
    assert told["why"]["findings"][0]["options"] == "--set activation=relu"
    assert "Use relu." in told["answer"]["next"]
    assert "Rest." not in told["answer"]["next"]


def experiment(
    finding: str, name: str, before: object, after: object, effect: float | None, won: bool
) -> dict[str, Any]:
    return {
        "finding": finding,
        "edit": name,
        "from": before,
        "to": after,
        "effect": effect,
        "parent": 0,
        "child": 1,
        "error": None,
        "low": None,
        "high": None,
        "won": won,
        "control": None,
    }


def test_the_ledger_tells_what_each_change_bought(make: Make) -> None:
    run = make(searched=True)
    ledger = [
        experiment("random", "width", 128, 64, None, False),
        experiment("underfitting", "depth", 2, 3, 0.01, True),
        experiment("overfitting", "dropout and weight_decay", [0.0, None], [0.3, 0.03], 0.02, True),
    ]
    (run.path / "ledger.json").write_text(json.dumps(ledger))
    part = story(run.path)["why"]["ledger"]
    assert "Of 2 changes that findings advised, 2 lowered the validation loss, 2 by more" in part["says"]
    assert "of 1 random change, 0 lowered the validation loss" in part["says"]
    assert "the most was bought by dropout 0 → 0.3, weight_decay none → 0.03, 0.02" in part["says"]
    assert [entry["edit"] for entry in part["experiments"]] == ["dropout and weight_decay", "depth", "width"]
