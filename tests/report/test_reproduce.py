from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
import typer
from told_runs import Make, story

from honed import cli
from honed.run.journal import Journal


@pytest.mark.filterwarnings("ignore:.*was said to mean a missing cell")
@pytest.mark.parametrize(
    "options",
    [
        {"settings": {"depth": 2, "activation": ["relu", "tanh"], "residual": True, "schedule": "cosine"}},
        {"settings": {}, "exclude": ("idle", "words"), "seed": 7, "metric": "roc_auc"},
        {"settings": {}, "missing": ("0", "1"), "schema": {"columns": [{"name": "idle"}]}},
        {"settings": {}, "time": "idle", "gap": "3"},
        {"settings": {}, "no_time": True},
        {"settings": {}, "time": "idle", "trend": False},
        {"settings": {}, "fold": "words"},
        {"settings": {}, "threshold": "cost:FP=1,FN=5"},
        {"settings": {}, "group": "words", "group_stem": "e"},
        {"settings": {}, "device": "auto", "precision": "tensorfloat32"},
    ],
)
def test_the_command_line_means_the_same_options(make: Make, options: dict[str, Any]) -> None:
    run = make(options=options)
    program, name, *words = shlex.split(story(run.path)["reproduce"]["command"])
    assert (program, name) == ("honed", "train")
    command = typer.main.get_command(cli.app).commands[name]  # pyright: ignore[reportAttributeAccessIssue]
    given = command.make_context(name, list(words)).params
    assert given["target"] == ["y"]
    assert tuple(given["exclude"] or ()) == tuple(options.get("exclude", ()))
    assert tuple(given["missing"] or ()) == tuple(options.get("missing", ()))
    assert given["schema"] == (run.path / "schema.json" if "schema" in options else None)
    assert given["seed"] == options.get("seed", 0)
    assert [given[name] for name in ("time", "gap")] == [options.get(name) for name in ("time", "gap")]
    assert [given[n] for n in ("group", "group_stem")] == [options.get(n) for n in ("group", "group_stem")]
    assert given["fold"] == options.get("fold")
    assert given["device"] == options.get("device", "cpu")
    assert given["precision"] == options.get("precision", "float32")
    assert given["no_time"] == options.get("no_time", False)
    assert given["trend"] is options.get("trend")
    assert given["metric"] == options.get("metric")
    assert given["threshold"] == options.get("threshold")
    assert cli.words.settings(given["set_"] or ()) == options["settings"]


def test_each_of_several_files_is_a_word(make: Make) -> None:
    run = make()
    said = json.loads((run.path / "run.json").read_text())
    said["options"]["data"] = "{days/may.csv,days/june\\, late.csv}"
    (run.path / "run.json").write_text(json.dumps(said))
    told = story(run.path)
    assert shlex.split(told["reproduce"]["command"])[2:4] == ["days/may.csv", "days/june, late.csv"]
    assert told["answer"]["title"]["data"] == "may.csv + june, late.csv"


def test_one_file_named_like_several_is_one_word(make: Make) -> None:
    run = make()
    said = json.loads((run.path / "run.json").read_text())
    said["options"]["data"], said["paths"] = "{may,june}", {"data": "/days/{may,june}"}
    (run.path / "run.json").write_text(json.dumps(said))
    told = story(run.path)
    assert shlex.split(told["reproduce"]["command"])[2:4] == ["{may,june}", "--target"]
    assert told["reproduce"]["data"] == told["answer"]["title"]["data"] == "{may,june}"


def test_a_search_is_said_to_try_the_same_ways_in_as_many_lanes(make: Make) -> None:
    run = make(searched=True, options={"encodings": ("target", "pairs"), "lanes": 4})
    program, name, *words = shlex.split(story(run.path)["reproduce"]["command"])
    command = typer.main.get_command(cli.app).commands[name]  # pyright: ignore[reportAttributeAccessIssue]
    given = command.make_context(name, list(words)).params
    assert (program, name, given["encodings"], given["lanes"]) == ("honed", "fit", ["target", "pairs"], "4")


def test_lanes_that_honed_has_chosen_are_named_as_another_gpu_has_other_memory(make: Make) -> None:
    run = make(searched=True, options={})
    assert "--lanes" not in story(run.path)["reproduce"]["command"]
    with Journal.open(run.path / "journal.jsonl") as journal:
        journal.decide("lanes", lambda: {"lanes": 32, "each": 1, "shared": 1, "free": 99, "most": 64})
    assert "--lanes 32" in story(run.path)["reproduce"]["command"]


def test_columns_of_lists_and_texts_are_declared_again(make: Make) -> None:
    path = make().path / "run.json"
    document = json.loads(path.read_text())
    document["options"] |= {"lists": ["words"], "texts": ["idle"]}
    path.write_text(json.dumps(document))
    assert " --list words --text idle" in story(path.parent)["reproduce"]["command"]


@pytest.mark.parametrize(("nested", "words"), [(None, []), (0, ["--nested", "0"]), (7, ["--nested", "7"])])
def test_the_rounds_of_a_search_are_those_asked_for(make: Make, nested: int | None, words: list[str]) -> None:
    run = make(searched=True, options={"nested": nested})
    command = shlex.split(story(run.path)["reproduce"]["command"])
    assert [word for n, word in enumerate(command) if "--nested" in (word, command[n - 1])] == words


def test_a_run_that_was_resumed_with_a_budget_is_not_said_to_repeat(make: Make) -> None:
    run = make(options={"settings": {}, "budget": None, "trials": 2})
    assert "bit for bit" in story(run.path)["reproduce"]["says"]
    with Journal.open(run.path / "journal.jsonl") as journal:
        journal.event("extended", budget=6.0)
    assert "may give another model" in story(run.path)["reproduce"]["says"]


def test_a_run_on_a_gpu_says_so_and_promises_no_last_digits(make: Make) -> None:
    run = make(options={"settings": {}, "budget": None, "trials": 2})
    assert story(run.path)["reproduce"]["device"] == "the processor"
    path = run.path / "run.json"
    document = json.loads(path.read_text()) | {"device": {"kind": "gpu", "names": ["A100"]}}
    path.write_text(json.dumps(document))
    told = story(run.path)["reproduce"]
    assert told["device"].startswith("1 GPU (A100), ") and "differ in their last digits" in told["says"]


def test_a_run_that_went_on_elsewhere_names_both_devices(make: Make) -> None:
    run = make(options={"settings": {}, "budget": None, "trials": 2})
    with Journal.open(run.path / "journal.jsonl") as journal:
        journal.event("resumed", used=0.0)
    assert story(run.path)["reproduce"]["device"] == "the processor"
    with Journal.open(run.path / "journal.jsonl") as journal:
        for _ in range(2):
            journal.event("resumed", used=0.0, device={"kind": "gpu", "names": ["A100"]})
    told = story(run.path)["reproduce"]
    assert told["device"] == "the processor, then 1 GPU (A100), products of matrices in float32"
    assert "on another device" in told["says"] and "bit for bit" not in told["says"]
