"""A model is written for programs without honed once what was made says the same, or nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_models
from made_runs import make as make

from honed import cli, exporting
from honed.errors import InputError, RunError
from honed.families.table import TABLE
from honed.families.table.exports import script
from honed.family import Exported
from honed.model import Model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model as an estimator saves it."""
    (tmp_path / "model").mkdir()
    small_models.model("kind").save(tmp_path / "model")
    return tmp_path


def test_a_model_is_written_with_its_weights_beside_it(folder: Path) -> None:
    said: list[str] = []
    found = exporting.export(folder, "script", folder / "own.py", said.append)
    assert found.largest < 1e-12
    assert "made rows" in found.rows
    assert {path.name for path in folder.iterdir()} == {"model", "own.py", "own.safetensors"}
    assert said[0].startswith(f"Wrote {folder / 'own.py'} (")
    assert "it differs from the model by at most" in said[0]


def test_it_is_compared_on_rows_that_the_run_held_out(make: Any) -> None:
    made = make()
    found = exporting.export(made.path, "script", made.path / "own.py")
    assert found.rows == f"{len(made.prepared.splits.outer)} held-out rows"
    assert found.largest < 1e-12
    made.data.unlink()
    found = exporting.export(made.path, "script", made.path / "other.py")
    assert found.rows.startswith(
        "made rows, as the run's own are not there (The file that this run was started with"
    )


@pytest.mark.parametrize(
    ("format", "name", "says"),
    [
        ("scrip", "own.py", "There is no format 'scrip'. Did you mean 'script'"),
        ("script", "own.txt", "ends in '.txt', and the format script is a file that ends in '.py'"),
        ("script", "none/own.py", "There is no folder"),
        ("script", "there.py", "exists already"),
        ("script", "beside.py", "beside.safetensors exists already"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is(
    format: str, name: str, says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "there.py").touch()
    (folder / "beside.safetensors").touch()
    before = {path: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert cli.status(["export", str(folder), "--format", format, "--out", str(folder / name)]) == 2
    assert says in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before


def test_a_folder_without_a_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", str(tmp_path / "none"), "--format", "script", "--out", str(tmp_path / "own.py")]
    assert cli.status(words) == 2
    assert "No model found" in capsys.readouterr().err


def test_what_says_something_else_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = script.exported

    def wrong(model: Model, stem: str) -> Exported:
        made = right(model, stem)
        return made._replace(answers=lambda rows: made.answers(rows) + 2e-5)

    monkeypatch.setattr(script, "exported", wrong)
    with pytest.raises(RunError, match="differs from the model by up to 2e-05 on made rows"):
        exporting.export(folder, "script", folder / "own.py")
    assert {path.name for path in folder.iterdir()} == {"model"}


def test_differences_of_values_are_shares_of_their_size_or_spread() -> None:
    one, other = np.array([1e6, 0.0, 2.0]), np.array([1e6 + 1, 0.0, 2.0])
    assert exporting.difference(one, other, has_classes=True) == 1
    assert exporting.difference(one, other, has_classes=False) == pytest.approx(1e-6, rel=1e-3)
    assert exporting.difference(one * np.nan, other, has_classes=False) == np.inf
    assert exporting.difference(one[:2], other, has_classes=False) == np.inf


def test_a_family_without_exports_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(TABLE), "exports", {})
    with pytest.raises(InputError, match="cannot be exported"):
        exporting.export(folder, "script", folder / "own.py")
