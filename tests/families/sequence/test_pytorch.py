"""Exported modules of PyTorch for sequences answer as the model does, and go on training."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import going_on
import numpy as np
import pytest
from untrained_models import OVER_TIME, SEQUENCE, encoders, even, model, of_long_table, uneven
from waves import table

from honed import exporting
from honed.families.sequence import pytorch
from honed.families.sequence.measured import Measured

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("given", [even, uneven])
@pytest.mark.parametrize("name", OVER_TIME)
def test_each_kind_of_network_is_a_module(name: str, given: Callable[[], Measured]) -> None:
    rows = given()
    made = model(SEQUENCE, encoders(rows)[:1], [OVER_TIME[name]], rows)
    found = pytorch.exported(made, "own").answers(rows)
    assert exporting.difference(found, made.told(rows), has_classes=True) < 1e-5


@pytest.mark.parametrize("classes", [(), ("slow", "quick")])
def test_modules_vote_and_go_on_training(
    classes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = uneven()
    made = model(SEQUENCE, encoders(rows), [*OVER_TIME.values()], rows, classes)
    files = pytorch.exported(made, "exported_sequences").files
    with going_on.imported(files, "exported_sequences", tmp_path, monkeypatch) as (own, beside):
        network = own.load()
        encoded = beside.encode(rows.values, rows.lengths, rows.beside)
        given = [tuple(map(torch.from_numpy, part)) for part in encoded]
        np.testing.assert_allclose(network(given).detach(), made.told(rows), rtol=1e-4)
        codes = torch.arange(len(rows)) % 2
        if classes:
            going_on.check_a_step(
                network, given, lambda z: torch.nn.functional.cross_entropy(z, codes), ("fixed",)
            )
        else:
            going_on.check_a_step(network, given, lambda z: ((z[:, 0] - codes) ** 2).mean(), ("fixed",))


def test_names_of_channels_are_told_whatever_they_hold() -> None:
    frame = table(30).drop("speed").rename({"noise": 'no"""ise\\ {x}'})
    encoder, rows = of_long_table(frame)
    made = model(SEQUENCE, [encoder], [OVER_TIME["convolutions"]], rows)
    export = pytorch.exported(made, "own")
    assert exporting.difference(export.answers(frame), made.told(frame), has_classes=True) < 1e-5
    about = ast.get_docstring(ast.parse(export.files["_encoder.py"])) or ""
    assert "The channels: height, no'''ise\\ {x}, light = off, light = on." in about
