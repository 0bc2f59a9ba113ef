"""What cannot be shown of rows that a model has not seen is said in words; what can, the families' own tests ask."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from honed.families.sequence.source import from_files
from honed.families.unseen.examples import told


def of(run: Path) -> Any:
    summary = json.loads((run / "summary.json").read_text())
    return told(run, summary, False, "song", from_files, lambda source, places: lambda place: {"name": "n"})


def test_rows_are_shown_by_the_familys_own_drawing(sequence_run: Path) -> None:
    part, model = of(sequence_run)
    assert model is not None and part["worst"]["rows"][0]["name"] == "n"
    assert "songs that neither training nor any choice has seen" in part["says"]


def test_rows_that_have_changed_or_are_gone_are_not_shown(sequence_run: Path, tmp_path: Path) -> None:
    shutil.copytree(sequence_run, tmp_path / "run")
    about = json.loads((sequence_run / "run.json").read_text())
    (tmp_path / "run/run.json").write_text(json.dumps(about | {"fingerprint": "0" * 64}))
    part, model = of(tmp_path / "run")
    assert part == {
        "says": "The songs have changed since the run was started, so the model is not shown on them."
    }
    about["options"]["data"] = about["paths"]["data"] = str(tmp_path / "gone.csv")
    (tmp_path / "run/run.json").write_text(json.dumps(about))
    assert model is None and "The songs cannot be read any more" in of(tmp_path / "run").part["says"]
