from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from told_runs import Make, append, story

from honed.errors import InputError
from honed.run.folder import RunFolder
from honed.run.journal import Journal


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


def test_no_run_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no run"):
        story(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "story._unseen",
        "training.leaders",
        "trials.history",
        "answer.named_scores",
        "answer._next",
        "training.layers",
        "story.reproduce",
    ],
)
def test_a_part_that_fails_is_left_out_alone(make: Make, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(searched=True).path
    whole = story(path)

    def broken(*_: Any) -> None:
        raise KeyError("gone")

    monkeypatch.setattr(f"honed.report.{name}", broken)
    told = story(path)
    assert whole["left_out"] == []
    assert told["left_out"] and all("KeyError: 'gone'" in sentence for sentence in told["left_out"])
    assert told["why"]["choices"] == whole["why"]["choices"]
    assert told["table"] == whole["table"]
