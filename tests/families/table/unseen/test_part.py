from __future__ import annotations

import json
import shutil

import pytest
from sklearn import metrics
from told_runs import Make, outer, unseen

from honed.families.table import streamed
from honed.table.batches import Batches


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_search_is_shown_by_the_networks_that_were_scored(make: Make, task: str) -> None:
    run = make(task, searched=True)
    truth, told = outer(run)
    part = unseen(run)
    if task == "binary":
        assert part["confusion"]["matrix"] == metrics.confusion_matrix(truth, told.argmax(axis=1)).tolist()
        assert part["roc"]["curves"][0]["area"] == pytest.approx(metrics.roc_auc_score(truth, told[:, 1]))
    else:
        assert part["predicted"]["r2"] == pytest.approx(metrics.r2_score(truth, told))


def test_with_rounds_the_rows_are_said_to_be_those_of_the_first(make: Make) -> None:
    run = make(searched=True)
    path = run.path / "summary.json"
    summary = json.loads(path.read_text())
    assert "round" not in unseen(run)["says"]
    summary["nested"] = {"rounds": 3, "rows": 80, "scores": summary["scores"]}
    path.write_text(json.dumps(summary))
    assert unseen(run)["says"].endswith("rows of the first round alone; the score is of all rounds.")


def test_a_model_with_another_score_than_told_is_not_shown(make: Make) -> None:
    run = make(searched=True)
    shutil.rmtree(run.path / "scored")  # what is left has been trained again on all rows
    assert set(unseen(run)) == {"says"}
    assert "not kept any more" in unseen(run)["says"]


def test_a_run_that_kept_no_rows_says_so(make: Make) -> None:
    run = make(searched=True)
    (run.path / "folds.safetensors").unlink()
    assert set(unseen(run)) == {"says"}
    assert "has not kept which rows its score is of" in unseen(run)["says"]


def test_nothing_of_the_trials_is_needed(make: Make) -> None:
    run = make(searched=True)
    shown = unseen(run)
    shutil.rmtree(run.path / "trials")
    assert "rows" in shown
    assert unseen(run) == shown


def test_a_changed_file_is_said_and_not_shown(make: Make) -> None:
    run = make()
    run.data.write_text(run.data.read_text() + "1,1,red,yes\n")
    assert "has changed" in unseen(run)["says"]


def test_a_large_file_that_was_read_whole_is_shown(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    monkeypatch.setattr(streamed, "in_batches_of", lambda path, *_: Batches(path, (path,), False))
    assert "rows" in unseen(run)
    run.data.write_text(run.data.read_text() + "1,1,red,yes\n")
    assert "has changed" in unseen(run)["says"]


def test_a_table_beyond_memory_is_shown_as_any(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make()
    usual, facts = unseen(run), run.path / "run.json"
    assert "rows" in usual
    told = json.loads(facts.read_text()) | {"fingerprint": streamed.fingerprint((str(run.data),))}
    told["options"]["memory"] = 600_000_000
    facts.write_text(json.dumps(told))
    limits = list[int]()

    def in_batches_of(path: str, as_is: bool, sizes: streamed.Sizes) -> Batches:
        limits.append(sizes.large_bytes)
        return Batches(path, (path,), False, block=1 << 10)

    monkeypatch.setattr(streamed, "in_batches_of", in_batches_of)
    assert unseen(run) == usual
    assert limits == [100_000_000], "by the memory that was free as the run began"
    monkeypatch.setattr(streamed, "fingerprint", lambda files: told["fingerprint"])
    run.data.write_text("".join(run.data.read_text().splitlines(keepends=True)[:9]))
    assert "has changed" in unseen(run)["says"]


def test_a_missing_file_is_said_and_not_shown(make: Make) -> None:
    run = make()
    run.data.unlink()
    assert "cannot be read any more" in unseen(run)["says"]
