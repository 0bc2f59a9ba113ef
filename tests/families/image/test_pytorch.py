"""Exported modules of PyTorch for pictures answer as the model does, and go on training."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import export_page
import going_on
import numpy as np
import pytest
from PIL import Image
from untrained_models import IMAGE, PICTURES, PIXELS, SCALES, model

from honed import exporting
from honed.families.image import pytorch
from honed.families.image.encoder import ImageEncoder
from honed.model import load

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("name", PICTURES)
def test_each_kind_of_network_is_a_module(name: str) -> None:
    made = model(IMAGE, SCALES[:1], [PICTURES[name]], PIXELS)
    found = pytorch.exported(made, "own").answers(PIXELS)
    assert exporting.difference(found, made.told(PIXELS), has_classes=True) < 1e-5


@pytest.mark.parametrize("classes", [(), ("cat", "dog")])
def test_modules_vote_and_go_on_training(
    classes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = model(IMAGE, SCALES, [*PICTURES.values()][:3], PIXELS, classes)
    files = pytorch.exported(made, "exported_pictures").files
    with going_on.imported(files, "exported_pictures", tmp_path, monkeypatch) as (own, beside):
        network = own.load()
        rows = [tuple(map(torch.from_numpy, part)) for part in beside.encode(PIXELS)]
        np.testing.assert_allclose(network(rows).detach(), made.told(PIXELS), rtol=1e-4)
        codes = torch.arange(len(PIXELS)) % 2
        if classes:
            going_on.check_a_step(
                network, rows, lambda z: torch.nn.functional.cross_entropy(z, codes), ("whitening.weight",)
            )
        else:
            going_on.check_a_step(
                network, rows, lambda z: ((z[:, 0] - codes) ** 2).mean(), ("whitening.weight",)
            )
        with pytest.raises(ValueError, match=r"and must have \(9, 10, 3\)"):
            beside.encode(PIXELS[:, 1:])


def test_how_files_of_16_bits_became_bytes_is_said() -> None:
    encoder = ImageEncoder(dataclasses.replace(SCALES[0].inputs, span=(7, 4095)))
    files = pytorch.exported(model(IMAGE, [encoder], [PICTURES["plain"]], PIXELS), "own").files
    assert any(encoder.inputs.of_16_bits in content.decode(errors="replace") for content in files.values())


def test_layers_can_be_read() -> None:
    made = model(IMAGE, SCALES[:1], [PICTURES["whitened"]], PIXELS)
    source = pytorch.exported(made, "own").files[".py"].decode()
    assert "self.whitening.weight.requires_grad_(False)" in source
    assert '"""conv 4, conv 4, dense 6, relu."""' in source or "conv 4, 2 × conv 4" in source
    assert "h = self.pool_" in source


def test_the_example_of_the_page_runs(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    paths = sorted((run.parent / "photos").rglob("*.png"))[::20]
    pixels = np.stack([np.asarray(Image.open(path))[..., None] for path in paths])
    given = {"pixels": pixels, "codes": torch.arange(len(pixels)) % 2}
    names = export_page.exported(run, "leaves.py", tmp_path, capsys, given)
    np.testing.assert_allclose(names["values"].detach(), load(run).predict_proba(pixels), atol=1e-5)
    assert all(value.grad is not None for value in names["model"].members[0].parameters())
    for name in ("leaves", "leaves_encoder"):
        sys.modules.pop(name)
