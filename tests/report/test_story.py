from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import typer
from damaged_documents import damaged
from safetensors.numpy import save_file

from honed import cli
from honed.errors import InputError, RunError
from honed.findings import Finding
from honed.report import findings, html, text
from honed.report.facts import Facts
from honed.report.story import story
from honed.run import journal
from honed.run.folder import RunFolder
from honed.run.journal import Journal

Make = Callable[..., SimpleNamespace]


def append(run: SimpleNamespace, key: str, loss: float | None, **more: Any) -> None:
    """One more training in the journal."""
    value = {
        "train_loss": [0.9, 0.5],
        "valid_loss": [0.9, 0.6],
        "best_epoch": 2,
        "diverged": False,
        "loss": loss,
        "candidate": f"trial {key.split('/')[1]}",
        **more,
    }
    with Journal.open(run.path / "journal.jsonl") as journal:
        journal.record(key, {"ok": True, "value": value})


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("searched", [True, False])
def test_a_story_is_json_with_the_facts_of_every_part(make: Make, task: str, searched: bool) -> None:
    labels = ("a", "b", "c") if task == "multiclass" else ("no", "yes")
    told = story(make(task, labels=labels, searched=searched).path)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["state"] == "done"
    assert told["answer"]["title"]["task"] == task
    assert told["why"]["curves"]["leaders"]
    assert (told["why"]["history"] is not None) == searched
    assert told["unseen"]["rows"] == told["answer"]["rows"]
    assert {column["name"] for column in told["table"]["columns"]} == {"signal", "idle", "words"}


def test_the_score_stands_beside_its_rivals(make: Make) -> None:
    answer = story(make(searched=True).path)["answer"]
    used = [score["name"] for score in answer["scores"] if score["used"]]
    assert used == ["ensemble"]
    assert "behind" in answer["scores_say"] and "linear model" in answer["scores_say"]
    assert any("linear model scored better" in step for step in answer["next"])


def test_history_keeps_the_best_mean_over_folds(make: Make) -> None:
    history = story(make(searched=True).path)["why"]["history"]
    assert [round(score, 3) for _, score, _ in history["full"]] == [0.55, 0.4, 0.59]
    assert history["best"] == pytest.approx([0.55, 0.4, 0.4])
    assert len(history["quick"]) == 3
    assert "trial 1" in history["says"]


def test_a_finished_search_is_ranked_as_it_ranked_itself(make: Make) -> None:
    run = make(searched=True)
    append(run, "full/3/0/0", 0.3)  # the time was over before its second fold
    trials = json.loads((run.path / "trials.json").read_text())
    last = {**trials[0], "number": 3, "name": "trial 3", "loss": 0.3}
    (run.path / "trials.json").write_text(json.dumps([{**t, "folds": 1} for t in (last, *trials)]))
    told = story(run.path)
    assert [leader["number"] for leader in told["why"]["curves"]["leaders"]] == [3, 1, 0, 2]
    assert told["why"]["curves"]["leaders"][0]["score"] == 0.3
    assert told["why"]["history"]["best"][-1] == 0.3


def test_scores_go_up_where_more_is_better(make: Make) -> None:
    run = make(searched=True, finished=False, options={"metric": "roc_auc"})
    history = story(run.path)["why"]["history"]
    assert history["best"] == pytest.approx([-0.55, -0.4, -0.4])


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


def test_an_unfinished_run_tells_what_is_known(make: Make) -> None:
    run = make(searched=True, finished=False)
    for name in ("trials.json",):
        (run.path / name).unlink()
    told = story(run.path)
    assert told["state"] == "interrupted"
    assert told["answer"]["scores"] == []
    assert "Trial 1 leads with 0.4" in told["answer"]["says"]
    assert "honed resume" in told["answer"]["next"][0]
    assert told["why"]["curves"]["leaders"][0]["name"] == "trial 1"
    assert set(told["unseen"]) == {"says"}


def test_a_run_that_somebody_works_on_is_running(make: Make) -> None:
    run = make(searched=True, finished=False)
    with RunFolder.open(run.path) as folder:
        folder.lock()
        told = story(run.path)
    assert told["state"] == "running"
    assert not any("honed resume" in step for step in told["answer"]["next"])


def test_a_run_that_has_just_begun_has_a_story(make: Make) -> None:
    run = make(searched=True, finished=False)
    (run.path / "trials.json").unlink()
    Path(run.path / "journal.jsonl").write_text("")
    told = story(run.path)
    assert "no network has been trained yet" in told["answer"]["says"]
    assert told["why"]["history"] is None


def test_a_run_with_its_first_network_alone_has_a_story(make: Make) -> None:
    run = make(searched=True, finished=False)
    (run.path / "trials.json").unlink()
    (run.path / "journal.jsonl").unlink()
    Journal.create(run.path / "journal.jsonl", {}).close()
    append(run, "first/-1/0/0", 0.6)
    assert "1 training so far" in story(run.path)["answer"]["says"]


def test_curves_say_when_the_best_epoch_was(make: Make) -> None:
    curves = story(make().path)["why"]["curves"]
    assert "best at epoch 2 of 4, with 0.5" in curves["says"]
    assert curves["leaders"][0]["gap"] == pytest.approx(0.6 / 0.5)


def test_a_training_that_failed_is_told_without_a_score(make: Make) -> None:
    run = make(finished=False)
    (run.path / "journal.jsonl").unlink()
    with Journal.create(run.path / "journal.jsonl", {"budget": None, "trials": 1}) as journal:
        value = {
            "train_loss": [math.nan],
            "valid_loss": [math.nan],
            "best_epoch": 0,
            "diverged": True,
            "loss": None,
        }
        journal.record("by hand/0/0/0", {"ok": True, "value": value})
    told = story(run.path)
    assert "stopped being a number in epoch 1; nothing of it is kept" in told["why"]["curves"]["says"]
    assert told["why"]["curves"]["leaders"][0]["train"] == [None]
    json.dumps(told, allow_nan=False)


@pytest.mark.parametrize(("best", "ended"), [(40, True), (38, True), (37, False)])
def test_a_best_epoch_near_the_end_was_still_improving(make: Make, best: int, ended: bool) -> None:
    run = make(searched=True, finished=False)
    curve = [1 - epoch / 100 for epoch in range(40)]
    for fold in (0, 1):
        append(run, f"full/3/{fold}/0", 0.1, train_loss=curve, valid_loss=curve, best_epoch=best)
    assert ("still improving" in story(run.path)["why"]["curves"]["says"]) == ended


def test_a_gap_between_the_losses_is_advised_against(make: Make) -> None:
    run = make(searched=True, finished=False)
    for fold in (0, 1):
        append(run, f"full/3/{fold}/0", 0.1, train_loss=[0.9, 0.2], valid_loss=[0.9, 0.8])
    assert any("learns rows by heart" in step for step in story(run.path)["answer"]["next"])


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


def test_importance_needs_trials_and_finds_what_decides(make: Make) -> None:
    run = make(searched=True, finished=False)
    assert story(run.path)["why"]["importance"] is None
    rng = np.random.default_rng(0)
    trials = [
        {
            "number": number,
            "name": f"trial {number}",
            "loss": float(abs(np.log10(rate) + 2)),
            "network": {"depth": int(rng.integers(1, 4))},
            "training": {"learning_rate": float(rate)},
            "target": "classes",
        }
        for number, rate in enumerate(10 ** rng.uniform(-3, -2, 80))
    ]
    trials.sort(key=lambda trial: trial["loss"])
    (run.path / "trials.json").write_text(json.dumps(trials))
    why = story(run.path)["why"]
    assert why["importance"]["settings"][0]["setting"] == "learning_rate"
    assert why["importance"]["settings"][0]["share"] > 0.8
    axes = why["settings"]["axes"]
    assert [axis["name"] for axis in axes] == ["learning_rate", "depth"]
    best = trials[0]["training"]["learning_rate"]
    low, high = axes[0]["low"], axes[0]["high"]
    assert why["settings"]["trials"][0]["places"][0] == pytest.approx((best - low) / (high - low))


def test_layers_are_told_at_the_first_middle_and_last_probe(make: Make) -> None:
    run = make()
    gradient = np.array([[1, 1], [1, 2], [1, 3], [1, 4], [1, 5000]], np.float32)
    save_file({"gradient": gradient, "epochs": np.array([1, 2, 3, 7, 9])}, run.path / "record.safetensors")
    layers = story(run.path)["why"]["layers"]
    assert layers["epochs"] == [1, 3, 9]
    assert layers["gradient"] == [[1, 1], [1, 3], [1, 5000]]
    assert "5,000 times" in layers["says"] and "hardly learn" in layers["says"]


def test_columns_left_out_are_told_with_their_reason(make: Make) -> None:
    table = story(make(options={"exclude": ("idle",)}).path)["table"]
    assert [column["name"] for column in table["left_out"]] == ["idle"]
    assert table["left_out"][0]["reason"] == "left out as asked (--exclude)"
    assert "2 columns beside it" in table["says"] and "1 left out" in table["says"]
    assert table["kinds"] == {"numeric": 1, "categorical": 1}


@pytest.mark.parametrize(
    "options",
    [
        {"settings": {"depth": 2, "activation": ["relu", "tanh"], "residual": True, "schedule": "cosine"}},
        {"settings": {}, "exclude": ("idle", "words"), "seed": 7, "metric": "roc_auc"},
    ],
)
def test_the_command_line_means_the_same_options(make: Make, options: dict[str, Any]) -> None:
    run = make(options=options)
    program, name, *words = shlex.split(story(run.path)["reproduce"]["command"])
    assert (program, name) == ("honed", "train")
    command = typer.main.get_command(cli.app).commands[name]  # pyright: ignore[reportAttributeAccessIssue]
    given = command.make_context(name, list(words)).params
    assert given["target"] == "y"
    assert tuple(given["exclude"] or ()) == tuple(options.get("exclude", ()))
    assert given["seed"] == options.get("seed", 0)
    assert given["metric"] == options.get("metric")
    assert cli.words.settings(given["set_"] or ()) == options["settings"]


def test_no_run_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        story(tmp_path)


@pytest.mark.parametrize(
    "name", ["_unseen", "_leaders", "_history", "_scores", "_next", "_layers", "_reproduce"]
)
def test_a_part_that_fails_is_left_out_alone(make: Make, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(searched=True).path
    whole = story(path)

    def broken(*_: Any) -> None:
        raise KeyError("gone")

    monkeypatch.setattr(f"honed.report.story.{name}", broken)
    told = story(path)
    assert whole["left_out"] == []
    assert told["left_out"] and all("KeyError: 'gone'" in sentence for sentence in told["left_out"])
    assert told["why"]["choices"] == whole["why"]["choices"]
    assert told["table"] == whole["table"]


FEW_WRONG = (..., None, -1, 10**30, float("nan"), "x" * 300, [], [None], {})


@pytest.mark.parametrize("name", ["run.json", "schema.json", "summary.json", "trials.json", "findings.json"])
def test_a_damaged_file_is_refused_in_a_sentence_or_harmless(name: str, make: Make) -> None:
    run = make(searched=True)
    finding = Finding("x", "warning", "what", {"a": 1}, "why", "action", {"depth": 2, "exclude": ["a"]}, (1,))
    (run.path / "findings.json").write_text(json.dumps(findings.to_json([finding], True)))
    run.data.unlink()  # the model is not shown on the data: that takes a second each time
    whole = (run.path / name).read_text()
    refused = 0
    for wrong in (*damaged(json.loads(whole), FEW_WRONG), None, [], 7, "text"):
        (run.path / name).write_text(json.dumps(wrong))
        try:
            story(run.path)
            if name == "summary.json":
                text.page(RunFolder.open(run.path).read_json(name, Facts))
            if name == "findings.json":
                findings.page(findings.read(run.path))
        except (InputError, RunError) as error:
            assert "\n" not in str(error) and len(str(error)) < 1000
            refused += 1
    assert refused > 10
    for content in (b"", b"\xff\xfe", whole[: len(whole) // 2].encode(), b"[" * 100_000):
        (run.path / name).write_bytes(content)
        with pytest.raises(RunError, match="cannot read"):
            story(run.path)
    (run.path / name).unlink()
    os.mkfifo(run.path / name)
    with pytest.raises((InputError, RunError), match=r"a pipe or a device|no run\.json"):
        story(run.path)


def test_a_damaged_event_is_refused_in_a_sentence_or_harmless(make: Make) -> None:
    run = make(searched=True)
    run.data.unlink()
    path = run.path / "journal.jsonl"
    events = journal.read(path)
    place = next(n for n, event in enumerate(events) if event["kind"] == "result")
    for wrong in (*damaged(events[place], FEW_WRONG), None, [], 7):
        lines = [*events[:place], wrong, *events[place + 1 :]]
        path.write_bytes(b"".join(journal._line(json.dumps(line)) for line in lines))
        try:
            story(run.path)
        except RunError as error:
            assert "\n" not in str(error) and len(str(error)) < 1000


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
