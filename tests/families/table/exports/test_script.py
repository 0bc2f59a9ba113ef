"""An exported script predicts what honed predicts, alone, from a file and from dicts."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import exported_models
import numpy as np
import polars as pl
import pytest
import small_models

from honed import predictions
from honed.encode import encoder
from honed.errors import InputError
from honed.families.table.exports import script
from honed.model import Model
from honed.nets import mlp
from honed.table.columns import infer
from honed.table.read import from_frame, read


def written(model: Model, folder: Path) -> Path:
    for end, content in script.exported(model, "own").files.items():
        (folder / f"own{end}").write_bytes(content)
    return folder / "own.py"


def run(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Without anything of this environment but NumPy's folder."""
    command = [sys.executable, "-I", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.mark.filterwarnings("ignore::honed.errors.DataWarning")
@pytest.mark.parametrize("name", exported_models.GIVEN)
def test_a_script_says_what_honed_predict_prints(name: str, tmp_path: Path) -> None:
    model = exported_models.model(**exported_models.GIVEN[name])
    new = exported_models.frame(rows=80, seed=5).drop(exported_models.GOALS)
    (tmp_path / "new.csv").write_text(exported_models.csv(new))
    expected = predictions.predict(model, read(tmp_path / "new.csv", least_rows=1))
    made = script.made(model, "own")
    found = made.run("own").__dict__["answers"](new.to_dicts())
    assert [*found] == expected.columns
    for column in expected:
        own = pl.Series(column.name, found[column.name].tolist())
        if column.dtype.is_float():
            np.testing.assert_allclose(own.to_numpy(), column.to_numpy(), rtol=1e-12)
        else:
            assert own.to_list() == column.to_list()


def test_a_script_answers_each_of_several_targets() -> None:
    model = small_models.of_two()
    made = script.made(model, "own")
    expected = predictions.predict(model, from_frame(small_models.FRAME))
    found = made.run("own").__dict__["answers"](small_models.FRAME.to_dicts())
    assert [*found] == expected.columns
    assert found["prediction_kind"].tolist() == expected["prediction_kind"].to_list()
    for name in ("p_kind_elm", "p_kind_oak", "prediction_size"):
        np.testing.assert_allclose(found[name], expected[name].to_numpy(), rtol=1e-12)
    assert made.source.startswith(
        '"""Predicts "kind" (one of 2 classes) and "size" (a quantity), by one network, as'
    )
    assert "def predict" not in made.source


@pytest.mark.filterwarnings("ignore::honed.errors.DataWarning")
def test_a_script_runs_alone(tmp_path: Path) -> None:
    model = exported_models.model("two", specs=exported_models.SPECS[:2], temperature=1.4)
    path = written(model, tmp_path)
    new = exported_models.frame(rows=30, seed=5).drop(exported_models.GOALS)
    (tmp_path / "new.csv").write_text(exported_models.csv(new))
    expected = predictions.predict(model, read(tmp_path / "new.csv", least_rows=1))
    done = run(path, tmp_path / "new.csv")
    assert (done.returncode, done.stderr) == (0, "")
    found = pl.read_csv(io.StringIO(done.stdout))
    assert found.columns == expected.columns
    np.testing.assert_allclose(found[:, 1:].to_numpy(), expected[:, 1:].to_numpy(), atol=1e-12)
    done = run(path, "--self-test")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 rows: the largest difference from what honed says is ")
    loads = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import own; own.predict(own.test().rows); "
    done = run("-c", loads + "print(*{'honed', 'polars', 'safetensors', 'jax'} & set(sys.modules))")
    assert (done.stdout.strip(), done.stderr) == ("", "")
    (tmp_path / "new.csv").write_text("size,count\n1,odd\n")
    done = run(path, tmp_path / "new.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no column 'price'" in done.stderr


def test_a_script_reads_as_a_description(tmp_path: Path) -> None:
    model = exported_models.model("two", exported_models.PLAIN, exported_models.SPECS[:1])
    source = script.made(model, "own").source
    assert source.startswith('"""Predicts "two", one of 2 classes, by one network, as honed ')
    assert "class Written" not in source, "what no column needs is left out"
    assert '"day": Moment(format="%d.%m.%Y"),' in source
    assert "# hidden layer 2: 6 to 5" in source
    assert max(len(line) for line in source.splitlines()) <= 125
    said = script.exported(model, "own").said
    assert "python own.py NEW.csv" in said[0]


def test_names_and_words_of_any_kind_stay_texts() -> None:
    cells = {'a"""b\\': [1.5, 2.5, 3.5] * 9, "{x}": ['"""', "\\n'", "ü{0}"] * 9, "y": [0.5, 1.5, 2.5] * 9}
    frame = pl.DataFrame(cells)
    schema = infer(from_frame(frame), "y")
    learned = encoder.fit(from_frame(frame), schema, np.arange(27))
    model = small_models.model("size", (1,))
    (member,) = model.members
    params = mlp.initialize(member.network, learned.inputs, 1, learned.encode(frame), 1)
    model = replace(model, schema=schema, encoders=(learned,), members=(replace(member, params=params),))
    for stem in ("it's {own}", 'a "b" \\c'):
        found = script.exported(model, stem).answers(frame)
        np.testing.assert_array_equal(found, model.values(frame))


@pytest.mark.parametrize("stem", ["csv", "numpy", "torch"])
def test_a_name_that_python_has_is_refused(stem: str) -> None:
    with pytest.raises(InputError, match=f"stand in the way of the module '{stem}'"):
        script.exported(small_models.model("kind"), stem)
