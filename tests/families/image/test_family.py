"""Pictures from the command line's words to a saved model: trained, searched, resumed, predicted and told of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from alone import alone
from drawn_pictures import drawn, photos
from PIL import Image

import honed
from honed import cli
from honed.errors import DataWarning, InputError
from honed.families.image.family import IMAGE
from honed.family import Family, Networks
from honed.report.story import story

COMMAND = "import sys; from honed import cli; cli.main(sys.argv[1:])"
# What reads the words of a command brings more than NumPy and Pillow.
OF_COMMAND = (
    *("numpy", "PIL", "typer", "rich", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"),
    *("annotated_types", "annotated_doc", "shellingham", "pygments", "markdown_it", "mdurl"),
)
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
    for words in (("--bad-cells", "missing"), ("--sheet", "rows"), ("--as-is",)):
        for command in ("predict", "evaluate"):
            assert status(command, run, new, *words) == 2
            assert f"{' '.join(words)} " in capsys.readouterr().err
    command = story(run)["reproduce"]["command"]  # pyright: ignore[reportOptionalSubscript]
    assert "photos --target class" in command


def test_arrays_are_predicted_with_numpy_alone(tmp_path: Path) -> None:
    pictures, y = drawn(60)
    model = honed.ImageClassifier(**SMALL, random_state=0).fit(pictures, y)
    model.save(tmp_path / "model")
    np.save(tmp_path / "new.npy", pictures)
    code = """
import sys
from pathlib import Path
import numpy as np
import honed
model, X, again = honed.load(sys.argv[1]), np.load(sys.argv[2]), Path(sys.argv[4])
np.save(sys.argv[3], model.predict_proba(X))
model.save(again)
print(honed.load(again).predict(X)[:3])
"""
    (tmp_path / "again").mkdir()
    words = [tmp_path / name for name in ("model", "new.npy", "p.npy", "again")]
    done = alone(code, *words, beside=("numpy",))
    assert (done.stdout.strip(), done.stderr) == (str(model.predict(pictures)[:3]), "")
    for name in ("model.json", "weights.safetensors"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "model" / name).read_bytes()
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
    (new / "lying/002.png").write_bytes(b"broken")
    assert status("predict", run, new, "--out", tmp_path / "broken.csv") == 0
    for name in ("broken", "here"):
        done = alone(COMMAND, "predict", run, new, "--out", tmp_path / "there.csv", beside=OF_COMMAND)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "there.csv").read_bytes() == (tmp_path / f"{name}.csv").read_bytes()
        photos(new, 10, seed=1)
    done = alone(COMMAND, "predict", run, new, "--out", tmp_path / "there.parquet", beside=OF_COMMAND)
    assert done.returncode == 2 and "Install it: pip install polars" in done.stderr
    assert not (tmp_path / "there.parquet").exists()


def test_files_are_predicted_in_python_with_numpy_and_pillow_alone(run: Path, tmp_path: Path) -> None:
    new = photos(tmp_path / "new", 6, seed=1)
    np.savez(tmp_path / "new.npz", X=drawn(6, seed=1)[0])
    files = [new / "standing/001.png", str(new / "lying/000.png")]
    code = """
import sys, honed
model, (new, archive, *files) = honed.load(sys.argv[1]), sys.argv[2:]
for given in (new, archive, files, files[0]):
    print(model.predict(given), model.predict_proba(given).tolist())
"""
    done = alone(code, run, new, tmp_path / "new.npz", *files)
    model, told = honed.load(run), []
    for given in (new, tmp_path / "new.npz", files, files[0]):
        told.append(f"{model.predict(given)} {model.predict_proba(given).tolist()}")
    assert (done.stdout.splitlines(), done.stderr) == (told, "")
    assert told[0].startswith("['lying' 'lying' 'lying' 'standing' 'standing' 'standing'] [[")
    assert told[2].startswith("['standing' 'lying'] [[")


def test_files_that_cannot_be_read_have_no_place_in_an_array_of_answers(run: Path, tmp_path: Path) -> None:
    new = photos(tmp_path / "new", 6, seed=1)
    (new / "lying/002.png").write_bytes(b"broken")
    model = honed.load(run)
    for given in (new, [new / "lying/000.png", new / "lying/002.png"]):
        with pytest.raises(InputError, match=r"lying/002\.png \(it is no picture .* Nobody could tell whose"):
            model.predict(given)
    with pytest.warns(DataWarning, match="left out 6 pictures in folders below"):
        Image.fromarray(drawn(1)[0][0]).save(new / "own.png")
        assert model.predict(new).shape == (1,)


def test_a_table_has_its_paths_in_the_column_of_training_in_python_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos(tmp_path, 20)
    words = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png"))
    table = tmp_path / "t.csv"
    pl.DataFrame({"file": words, "kind": [word.split("/")[0] for word in words]}).write_csv(table)
    trained = ["train", table, "--image", "file", "--target", "kind", "--out", tmp_path / "run"]
    assert status(*trained, *(word for each in ("channels=[4]", "epochs=2") for word in ("--set", each))) == 0
    capsys.readouterr()
    assert status("predict", tmp_path / "run", table) == 0
    said = [line.split(",")[:2] for line in capsys.readouterr().out.splitlines()]
    assert said[0] == ["file", "prediction"]
    model = honed.load(tmp_path / "run")
    assert list(zip(words, model.predict(table), strict=True)) == [tuple(row) for row in said[1:]]
