"""Exported modules of PyTorch answer as the model does, and go on training."""

from __future__ import annotations

import ast
import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import exported_models
import numpy as np
import pytest
from exported_models import SPECS

from honed import exporting
from honed.families.table.exports import pytorch
from honed.nets.activations import ACTIVATIONS
from honed.nets.spec import NetworkSpec

ACTIVE = {
    "columns": ("size", "colour"),
    "specs": [
        NetworkSpec(hidden_sizes=(4,), activation=name, output_activation=name) for name in ACTIVATIONS
    ],
}
MODELS = exported_models.GIVEN | {"all activations": ACTIVE}


@pytest.mark.parametrize("name", MODELS)
def test_modules_answer_as_the_model(name: str) -> None:
    pytest.importorskip("torch")
    model = exported_models.model(**MODELS[name])
    asked = model.schema.read(exported_models.frame(rows=60, seed=5))
    made = pytorch.exported(model, "own")
    found = exporting.difference(made.answers(asked), model.told(asked), has_classes=bool(model.classes))
    assert found < 1e-5


@pytest.mark.parametrize("goal", ["value", "three"])
def test_modules_go_on_training(goal: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    model = exported_models.model(goal, specs=SPECS[:2])
    name = f"exported_{goal}"
    for end, content in pytorch.exported(model, name).files.items():
        (tmp_path / f"{name}{end}").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    own, beside = importlib.import_module(name), importlib.import_module(f"{name}_encoder")
    table = exported_models.frame(rows=120, seed=7)
    rows = [tuple(map(torch.from_numpy, part)) for part in beside.encode(table.to_dicts())]
    network = own.load()
    if goal == "value":
        y = network.outputs[0].standardised(torch.tensor([float(cell) for cell in table[goal]]))
        learned = torch.nn.functional.mse_loss
    else:
        y, learned = (
            torch.tensor(["abc".index(cell) for cell in table[goal]]),
            torch.nn.functional.cross_entropy,
        )
    before = network(rows).detach()
    network.train()
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-2)

    def loss() -> Any:
        outputs = [
            member(*rows[place]) for member, place in zip(network.members, network.encoders, strict=True)
        ]
        return sum(learned(each[:, 0] if goal == "value" else each, y) for each in outputs)

    first = loss()
    first.backward()
    lacking = [name for name, value in network.named_parameters() if value.grad is None]
    assert not lacking
    optimizer.step()
    assert loss() < first
    assert not torch.equal(network.eval()(rows), before)
    del sys.modules[name], sys.modules[f"{name}_encoder"]


def test_the_example_at_the_head_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    model = exported_models.model(specs=SPECS[:2])
    model = replace(model, members=model.members[::-1])  # the first network has the second encoder
    files = pytorch.exported(model, "exported_example").files
    for end, content in files.items():
        (tmp_path / f"exported_example{end}").write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    head = ast.get_docstring(ast.parse(files[".py"])) or ""
    lines = [
        line.strip().replace('[{"a column": "a cell", …}]', "cells") for line in head.split("\n    ")[1:]
    ]
    *statements, together, alone = [line.split("\n")[0] for line in lines]
    table = exported_models.frame(rows=20, seed=7)
    names: dict[str, Any] = {"cells": table.to_dicts(), "torch": torch}
    exec("\n".join(statements), names)
    asked = model.schema.read(table)
    np.testing.assert_allclose(eval(together, names).detach(), model.told(asked), rtol=1e-5)
    first = names["model"].outputs[0].of(eval(alone, names)).detach()
    np.testing.assert_allclose(first, model.each(asked)[0], rtol=1e-5)
    del sys.modules["exported_example"], sys.modules["exported_example_encoder"]


def test_layers_and_dropout_can_be_read() -> None:
    spec = NetworkSpec(hidden_sizes=(6, 5), dropout=(0.1, 0.2), input_dropout=0.05, activation="silu")
    model = exported_models.model("two", ("size", "colour"), (spec,))
    (encoder,), (member,) = model.encoders, model.members
    source = pytorch.network("Own", spec, encoder, member.params)  # pyright: ignore[reportArgumentType]
    assert "self.linear_1 = nn.Linear(6, 5)\n" in source
    assert "one_hot(codes[:, 0], 5),  # colour" in source
    assert all(f"nn.Dropout({rate})" in source for rate in (0.05, 0.1, 0.2))
    found = pytorch.state(spec, member.params)
    np.testing.assert_array_equal(found["linear_1.weight"], member.params["1.weight"].T)
