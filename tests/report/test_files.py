from __future__ import annotations

import json
import os

import pytest
from damaged_documents import damaged
from told_runs import Make, append, story

from honed.errors import InputError, RunError
from honed.findings import Finding
from honed.report import findings, text
from honed.report.facts import Facts
from honed.run import journal
from honed.run.folder import RunFolder

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
    with pytest.raises((InputError, RunError), match=r"no ordinary file"):
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


def test_a_damaged_journal_takes_from_the_page_what_it_told_alone(make: Make) -> None:
    run = make(searched=True)
    path, summary = run.path / "journal.jsonl", run.path / "summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "state": "done"}))
    whole = story(run.path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"garbage\nmore\n")
    told = story(run.path)
    (said,) = told["left_out"]
    assert said == (
        "What journal.jsonl tells, such as learning curves and the history of the search, is left out, as it is "
        "damaged: line 1 does not match its checksum."
    )
    assert (told["state"], told["answer"]["scores"]) == (whole["state"], whole["answer"]["scores"])
    path.write_bytes(b"".join([*lines[:-2], b"garbage\n", lines[-1]]))
    told = story(run.path)
    assert "shown up to where it is damaged: line" in told["left_out"][0]
    assert told["why"]["curves"] is not None
    path.unlink()
    os.mkfifo(path)
    assert "it cannot be read (it is a pipe" in story(run.path)["left_out"][0]


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
