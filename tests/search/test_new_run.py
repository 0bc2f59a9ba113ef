"""The folder of a new run: when it stays, and when an error takes it away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from search_helpers import trees

from honed.errors import RunError
from honed.search import by_hand, executors, tune
from honed.search.options import Options

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("start", [tune.fit, by_hand.train])
def test_a_failure_that_leaves_nothing_takes_its_folder_away(
    start: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's exception, as of a fault in a training, would be met again by `resume`."""
    trees().write_csv(tmp_path / "trees.csv")
    monkeypatch.setattr(executors, "PERFORM", "run_tasks:no_such_function")
    options = Options(str(tmp_path / "trees.csv"), "y", trials=2 if start is tune.fit else None, workers=1)
    with pytest.raises(RunError, match="be trained") as caught:
        start(options, tmp_path / "run")
    assert "Traceback" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_full_disk_leaves_a_folder_to_go_on_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trees().write_csv(tmp_path / "trees.csv")

    def full(*_: Any) -> Any:
        raise RunError("cannot write: the disk is full")

    monkeypatch.setattr(by_hand, "go_on", full)
    with pytest.raises(RunError, match="disk is full"):
        by_hand.train(Options(str(tmp_path / "trees.csv"), "y"), tmp_path / "run")
    assert (tmp_path / "run" / "journal.jsonl").exists()
