"""Pictures from the command line's words to a saved model: trained, searched, resumed, predicted and told of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from drawn_pictures import drawn, photos
from PIL import Image

import honed
from honed import cli
from honed.families.image.family import IMAGE
from honed.family import Family, Networks
from honed.report.story import story

SMALL = {"channels": [4], "blocks": 1, "epochs": 2}


def status(*words: object) -> int:
    return cli.status([str(word) for word in words])


def test_it_is_a_family() -> None:
    family: Family = IMAGE
    networks: Networks = family.networks
    assert networks is IMAGE.networks


def test_a_run_on_a_folder_predicts_scores_and_tells(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = photos(tmp_path / "new", 20, seed=1)
    (new / "lying/002.png").write_bytes(b"broken")
    assert json.loads((run / "run.json").read_text())["options"]["target"] == "class"
    assert status("predict", run, new, "--out", tmp_path / "p.csv") == 0
    assert "lying/002.png" in capsys.readouterr().err
    found = pl.read_csv(tmp_path / "p.csv")
    assert found.columns == ["path", "prediction", "p_lying", "p_standing"] and found.height == 20
    assert found["prediction"].is_null().sum() == 1
    told = found.drop_nulls()
    right = told["path"].str.split("/").list.first() == told["prediction"]
    assert right.to_numpy().mean() > 0.8
    capsys.readouterr()
    assert status("evaluate", run, new, "--json") == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["rows"] == 19 and scores["scores"]["accuracy"] == pytest.approx(right.to_numpy().mean())
    assert status("show", run) == 0
    assert "120 → 4 → 2" in capsys.readouterr().out
    command = story(run)["reproduce"]["command"]  # pyright: ignore[reportOptionalSubscript]
    assert "photos --target class" in command


def test_prediction_needs_neither_jax_nor_the_training_libraries(tmp_path: Path) -> None:
    pictures, y = drawn(60)
    model = honed.ImageClassifier(**SMALL, random_state=0).fit(pictures, y)
    model.save(tmp_path / "model")
    np.save(tmp_path / "new.npy", pictures)
    code = (
        f"import sys, numpy as np, honed; m = honed.load({str(tmp_path / 'model')!r}); "
        f"p = m.predict_proba(np.load({str(tmp_path / 'new.npy')!r})); np.save({str(tmp_path / 'p.npy')!r}, p); "
        "print(*({'jax', 'sklearn', 'optax', 'optuna', 'scipy', 'PIL'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("", "")
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), model.predict_proba(pictures))


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """What is said of data that cannot be learned from: one line, and nothing is written."""
    code = status("train", *words, "--out", tmp_path / "run")
    said = capsys.readouterr()
    assert code == 2 and not (tmp_path / "run").exists() and not said.out
    (line,) = [line for line in said.err.splitlines() if line.startswith("Error")]
    return line


def test_what_cannot_be_learned_from_is_refused_with_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "photos"
    data.mkdir()
    assert "holds no picture" in refused(tmp_path, capsys, data)
    photos(data, 6)
    (data / "t.csv").write_text("a,b\n1,2\n3,4\n")
    assert "holds both 2 subfolders of pictures" in refused(tmp_path, capsys, data)
    assert "holds both 2 subfolders of pictures" in refused(tmp_path, capsys, data, "--target", "b")
    (data / "t.csv").unlink()
    assert "Leave --target out" in refused(tmp_path, capsys, data, "--target", "b")
    assert "names a column, and" in refused(tmp_path, capsys, data, "--group", "b")
    assert "no setting 'depht'" in refused(tmp_path, capsys, data, "--set", "depht=3")
    for path in data.rglob("*.png"):
        Image.new("L", (1, 1)).save(path)
    assert "1 × 1 pixels" in refused(tmp_path, capsys, data)


def test_a_folder_of_tables_is_a_table_as_ever(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "tables"
    data.mkdir()
    (data / "a.csv").write_text("a,b\n" + "\n".join(f"{n},{n % 7}.5" for n in range(40)))
    (data / "chart.png").write_bytes(b"")
    assert status("fit", data, "--target", "b", "--dry-run") == 0
    assert "numeric" in capsys.readouterr().out
    assert "Missing option '--target'" in refused(tmp_path, capsys, data)


def test_files_are_predicted_where_nothing_that_trains_is_installed(run: Path, tmp_path: Path) -> None:
    new = photos(tmp_path / "new", 10, seed=1)
    assert status("predict", run, new, "--out", tmp_path / "here.csv") == 0
    lacking = ("jax", "jaxlib", "optax", "optuna", "sklearn", "scipy", "pandas", "torch")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({lacking!r})); from honed import cli; "
        f"cli.main(['predict', {str(run)!r}, {str(new)!r}, '--out', {str(tmp_path / 'there.csv')!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()
