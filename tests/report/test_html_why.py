from __future__ import annotations

import json
from typing import cast

from told_runs import Make, Page

from honed.report import html, html_why
from honed.report.parts import Layers
from honed.run.journal import Journal


def test_experiments_that_bought_little_are_folded(make: Make) -> None:
    run = make(searched=True)
    entry = {
        "finding": "overfitting",
        "edit": "dropout",
        "from": 0.0,
        "parent": 0,
        "child": 1,
        "error": None,
        "low": None,
        "high": None,
        "won": False,
    }
    ledger = [{**entry, "to": n / 100, "effect": 0.01 - n / 1000, "control": None} for n in range(1, 13)]
    (run.path / "ledger.json").write_text(json.dumps(ledger))
    shown, folded = html.page(run.path).split("4 that bought less")
    assert "dropout 0 → 0.08" in shown and "+0.0090" in shown
    assert "dropout 0 → 0.09" in folded and "dropout 0 → 0.09" not in shown


def test_many_trials_make_no_long_page(make: Make) -> None:
    run = make(searched=True)
    curve = [1 / (epoch + 1) for epoch in range(100)]
    with Journal.open(run.path / "journal.jsonl") as journal:
        for number in range(3, 503):
            value = {"train_loss": curve, "valid_loss": curve, "best_epoch": 100, "diverged": False}
            value |= {"loss": 0.4 + number / 1000, "candidate": f"trial {number}"}
            for fold in (0, 1):
                journal.record(f"full/{number}/{fold}/0", {"ok": True, "value": value})
    text = html.page(run.path)
    assert "503 trained in full" in text
    assert len(text) < 1_000_000


def test_the_gradient_through_time_is_drawn_for_each_recurrent_layer() -> None:
    through = {"says": "It fades.", "back": [0, 50, 99], "gradient": [[1.0, 0.1, 0.0], [None, None, None]]}
    one = {"says": "Measured.", "epochs": [1, 9], "gradient": [[1.0], [2.0]], "through_time": [through]}
    pictures = html_why.layers(cast(Layers, one))
    assert len(pictures) == 2 and "Gradient by time step" in pictures[1]
    told = Page(pictures[1]).words
    assert all(words in told for words in ("It fades.", "steps before the last", "epoch 1", "epoch 9"))
    two = html_why.layers(cast(Layers, one | {"through_time": [through, through]}))
    assert "Gradient by time step, recurrent layer 2" in two[2]
