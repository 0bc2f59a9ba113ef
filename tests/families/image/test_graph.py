"""An ONNX file of networks for pictures answers from bytes as the model does, by ONNX Runtime."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import export_page
import numpy as np
import pytest
from PIL import Image
from untrained_models import IMAGE, PICTURES, PIXELS, SCALES, model

from honed import exporting
from honed.families.exports import traced
from honed.families.image import graph
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import ImageInputs
from honed.model import load

pytest.importorskip("onnxruntime")


def answered(made: Any, rows: np.ndarray = PIXELS) -> float:
    found = graph.exported(made).answers(rows)
    return exporting.difference(found, made.told(rows), has_classes=bool(made.classes))


@pytest.mark.parametrize("name", PICTURES)
def test_each_kind_of_network_is_one_graph(name: str) -> None:
    assert answered(model(IMAGE, SCALES[:1], [PICTURES[name]], PIXELS)) < 1e-6


@pytest.mark.parametrize("classes", [(), ("cat", "dog")])
def test_a_file_holds_the_vote_and_the_temperature(classes: tuple[str, ...]) -> None:
    assert answered(model(IMAGE, SCALES, [*PICTURES.values()][:3], PIXELS, classes)) < 1e-6


def test_an_input_is_of_bytes_and_labels_stand_beside_probabilities() -> None:
    made = model(IMAGE, SCALES[:1], [PICTURES["plain"]], PIXELS)
    export = graph.exported(made)
    labels, probabilities = traced.run(export.files[".onnx"], {"pixels": PIXELS[:1]})
    assert labels.tolist() == made.answers(PIXELS[:1])[0].tolist()
    np.testing.assert_allclose(probabilities, made.probabilities(PIXELS[:1]), atol=1e-6)
    assert "'pixels' is uint8 (rows, 9, 10, 3)" in export.said[0] and "ONNX 18" in export.said[0]


def test_how_files_of_16_bits_became_bytes_is_said() -> None:
    encoder = ImageEncoder(dataclasses.replace(SCALES[0].inputs, span=(7, 4095)))
    found = graph.exported(model(IMAGE, [encoder], [PICTURES["plain"]], PIXELS))
    said = encoder.inputs.of_16_bits
    assert said and said in found.said[0] and said.encode() in found.files[".onnx"]


def test_pixels_with_fractions_are_an_input_of_such() -> None:
    encoder = ImageEncoder(ImageInputs(9, 10, 3, (0.5,) * 3, (0.2,) * 3, is_float=True))
    pixels = np.random.default_rng(1).random((5, 9, 10, 3)).astype(np.float32)
    made = model(IMAGE, [encoder], [PICTURES["plain"]], pixels)
    assert "float32 (rows" in graph.exported(made).said[0]
    assert answered(made, pixels) < 1e-6


def test_the_example_of_the_page_runs(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = sorted((run.parent / "photos").rglob("*.png"))[::20]
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (130, 110, 3), np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    paths += [Path(name) for name in ("large.jpg", "turned.jpg", "clear.png", "key.png")]
    photo.save("large.jpg")
    photo.save("turned.jpg", exif=turned)
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (30, 20, 2), np.uint8)).save("clear.png")
    photo.quantize(8).save("key.png", transparency=3)
    names = export_page.exported(run, "leaves.onnx", tmp_path, capsys, {"paths": paths})
    wanted = load(run)
    assert names["prediction"].tolist() == wanted.predict(paths).tolist()
    np.testing.assert_allclose(names["probabilities"], wanted.predict_proba(paths), atol=1e-6)
