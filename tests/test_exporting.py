"""A model is written for programs without honed once what was made says the same, or nothing is written."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import exported_models
import numpy as np
import polars as pl
import pytest
import small_models
from made_runs import make as make

from honed import cli, exporting
from honed.encode import encoder, target
from honed.errors import InputError, RunError
from honed.families.table import TABLE
from honed.families.table.exports import script
from honed.family import Exported
from honed.model import Model, load
from honed.model.decision import Decision
from honed.nets import mlp
from honed.table.columns import infer
from honed.table.read import from_frame


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
        "made rows (the run's own are not there: The file that this run was started with"
    )


@pytest.mark.parametrize(
    ("format", "name", "says"),
    [
        ("scrip", "own.py", "There is no format 'scrip'. Did you mean 'script'"),
        ("gguf", "own.py", "Error: There is no format 'gguf'. Of this model there are: script"),
        ("script", "own.txt", "ends in '.txt', and the format script is a file that ends in '.py'"),
        ("script", "own", "own has no ending, and the format script"),
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


@pytest.mark.parametrize(("format", "end"), [("script", "py"), ("onnx", "onnx"), ("torch", "py")])
def test_a_model_of_several_targets_is_compared_by_each(
    format: str, end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if format != "script":
        pytest.importorskip("torch" if format == "torch" else "onnxruntime")
    small_models.of_two((0.75, 0.0), (0.25, 1.0)).save(tmp_path)
    found = exporting.export(tmp_path, format, tmp_path / f"own.{end}")
    assert found.largest < 1e-5 and not found.others
    right = type(TABLE).export

    def wrong(family: object, model: Model, format: str, stem: str) -> Exported:
        made = right(TABLE, model, format, stem)
        return made._replace(answers=lambda rows: made.answers(rows) * (1, 1, 1.001))

    monkeypatch.setattr(type(TABLE), "export", wrong)
    with pytest.raises(RunError, match="differs from the model by up to"):
        exporting.export(tmp_path, format, tmp_path / f"other.{end}")


def test_what_says_something_else_is_not_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = script.exported

    def wrong(model: Model, stem: str) -> Exported:
        made = right(model, stem)
        return made._replace(answers=lambda rows: made.answers(rows) + 2e-5)

    monkeypatch.setattr(script, "exported", wrong)
    with pytest.raises(RunError, match="differs from the model by up to 2e-05 on made rows"):
        exporting.export(folder, "script", folder / "own.py")
    assert {path.name for path in folder.iterdir()} == {"model"}


@pytest.mark.parametrize(
    ("kind", "format"),
    [
        ("two classes by a threshold", "script"),
        ("two classes by a threshold", "onnx"),
        ("three classes", "script"),
        ("three classes", "onnx"),
        ("quantiles", "script"),
        ("quantiles", "onnx"),
    ],
)
def test_the_class_that_is_named_and_quantiles_are_compared_too(
    kind: str, format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = exported_models.model(columns=exported_models.PLAIN, **exported_models.GIVEN[kind])
    (tmp_path / "model").mkdir()
    asked.save(tmp_path / "model")
    right = type(TABLE).export

    def wrong(family: object, model: Model, format: str, stem: str) -> Exported:
        """With another class for each, or quantiles that fall."""
        made = right(TABLE, model, format, stem)
        if made.quantiles is not None:
            own = made.quantiles
            return made._replace(quantiles=lambda rows: own(rows)[:, ::-1])
        labels, other = made.labels, dict(zip(model.classes, np.roll(model.classes, 1), strict=True))
        assert labels is not None
        return made._replace(labels=lambda rows: np.array([other[label] for label in labels(rows)], object))

    end = TABLE.exports[format]
    monkeypatch.setattr(type(TABLE), "export", wrong)
    says = "differs from the model" if kind == "quantiles" else r"names another class than the model on \d"
    with pytest.raises(RunError, match=says):
        exporting.export(tmp_path, format, tmp_path / f"own{end}")
    assert {path.name for path in tmp_path.iterdir()} == {"model"}
    monkeypatch.undo()
    found = exporting.export(tmp_path, format, tmp_path / f"own{end}")
    assert found.others == 0 and found.largest < 1e-5


def test_either_class_is_right_where_the_probability_is_at_the_threshold() -> None:
    model = replace(small_models.model("kind"), decision=Decision(0, 0.3, "f1", 10))
    told = np.array([[0.3 + 1e-9, 0.7 - 1e-9], [0.3 - 1e-9, 0.7 + 1e-9], [0.4, 0.6], [0.2, 0.8]])
    positive, other = model.classes
    named = [[positive] * 4, [other] * 4, [positive, other, positive, other]]
    found = [exporting.other_classes(np.array(labels, object), model, [told]) for labels in named]
    assert found == [1, 1, 0]
    found = [
        exporting.other_classes(np.array(labels, object), replace(model, decision=None), [told])
        for labels in named
    ]
    assert found == [4, 0, 2]
    assert exporting.other_classes(np.array([other], object), model, [told]) == 4


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


def shape(said: str) -> str:
    """What was said without figures, their units and the rows that were compared, which are those of one run."""
    said = re.sub(r"\d[\de.-]*( bytes?| kB| MB)?", "#", said.strip())
    said = said.replace("gives the network", "gives # networks that vote")
    return re.sub(r"On .* it differs", "On rows it differs", said)


PAGE = (Path(__file__).parents[1] / "docs" / "export.md").read_text()


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A model of the columns that the page of the documentation speaks of, and rows to predict."""
    days = pl.Series(np.datetime64("2020-01-01") + 13 * np.arange(60))
    streets = [("High Street", "Mill Lane", "The Green")[row % 3] for row in range(60)]
    frame = pl.DataFrame({"rooms": [float(row % 8) for row in range(60)], "sold": days, "street": streets})
    texts = frame.with_columns(pl.col("sold").dt.strftime("%d.%m.%Y"), price=pl.int_range(60) * 1000.5)
    table = from_frame(texts)
    schema = infer(table, "price")
    learned = encoder.fit(schema.read_training(table), schema, np.arange(60))
    made = small_models.model("size", (1,))
    (member,) = made.members
    sample = learned.encode(schema.read(texts))
    params = mlp.initialize(member.network, learned.inputs, 1, sample, 1)
    decoder = target.fit(texts["price"].to_numpy(), "linear")
    members = (replace(member, params=params, target=decoder),)
    (tmp_path / "model").mkdir()
    replace(made, schema=schema, encoders=(learned,), members=members).save(tmp_path / "model")
    frame.head(5).write_csv(tmp_path / "new.csv")
    return tmp_path


@pytest.mark.parametrize(
    ("format", "needs", "gives"),
    [("script", "numpy", "price"), ("onnx", "onnxruntime", "prediction"), ("torch", "torch", "values")],
)
def test_the_examples_of_the_page_run(
    format: str,
    needs: str,
    gives: str,
    house: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip(needs)
    pattern = rf"^\$ honed (export runs/price --format {format} --out \S+)\n(.*\n.*)$"
    ((command, says),) = re.findall(pattern, PAGE, flags=re.MULTILINE)
    monkeypatch.chdir(house)
    assert cli.status(command.replace("runs/price", ".").split()) == 0
    assert shape(capsys.readouterr().err) == shape(says)
    if format == "script":
        ((command, says),) = re.findall(r"^\$ python (.* --self-test).*\n(.*)$", PAGE, flags=re.MULTILINE)
        done = subprocess.run([sys.executable, *command.split()], capture_output=True, text=True, check=True)
        assert shape(done.stdout) == shape(says)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    imports = {"numpy": "import price\n"}.get(needs, f"import {needs}\n")
    (block,) = [block for block in blocks if imports in block and "price" in block]
    rows = pl.read_csv("new.csv").to_dicts()
    names: dict[str, Any] = {"cells": rows, "prices": [1.0] * 5}
    monkeypatch.syspath_prepend(house)
    exec(block, names)
    if gives != "price":
        expected = load(house).predict(pl.read_csv("new.csv"))
        np.testing.assert_allclose(names[gives].reshape(-1).tolist(), expected, rtol=1e-5)
    for name in ("price", "price_encoder"):
        sys.modules.pop(name, None)
