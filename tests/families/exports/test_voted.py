"""What networks of a graph say together is what a model says of their outputs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from untrained_models import IMAGE, model

from honed.families.exports import voted
from honed.families.exports.traced import ROWS, Graph, Namespace, run
from honed.families.image.encoder import ImageEncoder
from honed.families.image.inputs import ImageInputs
from honed.model import Model
from honed.model.outputs import decode, sharpen
from honed.nets.cnn_spec import CnnSpec

pytest.importorskip("onnxruntime")

OUTPUTS = np.random.default_rng(4).normal(size=(11, 3)).astype(np.float32)


def made(classes: tuple[str, ...], **changes: Any) -> Model:
    """A model of three networks, whose answers are those of the test."""
    pixels = np.zeros((4, 2, 2, 1), np.uint8)
    encoder = ImageEncoder(ImageInputs(2, 2, 1, (0.0,), (1.0,)))
    found = model(IMAGE, [encoder], [CnnSpec(channels=1, stages=1, blocks=1)] * 3, pixels, classes)
    return replace(found, members=tuple(replace(member, **changes) for member in found.members))


def told(asked: Model) -> dict[str, np.ndarray]:
    """The outputs of a graph whose networks give its input times their number."""
    counts = itertools.count(1.0)

    def apply(params: object, spec: object, inputs: object, rows: Any, xp: ModuleType) -> Any:
        return rows * next(counts)

    def encoded(graph: Graph, xp: Namespace) -> list[Any]:
        return [graph.input("x", np.zeros((ROWS, 3), np.float32))]

    export = voted.exported(asked, apply, encoded, lambda rows: {"x": rows}, "One input.", " So it is.")
    first, *second = run(export.files[".onnx"], {"x": OUTPUTS})
    np.testing.assert_array_equal(export.answers(OUTPUTS), second[0] if asked.classes else first)
    return {"prediction": first, **dict(zip(("more",), second, strict=False))}


@pytest.mark.parametrize("loss", ["auto", "squared"])
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_probabilities_are_averaged_and_sharpened(loss: str, temperature: float) -> None:
    asked = replace(made(("cat", "dog", "fox"), loss=loss), temperature=temperature)
    parts = [
        member.weight * decode(member.target, number * OUTPUTS, loss)
        for number, member in enumerate(asked.members, 1)
    ]
    wanted = sharpen(np.sum(parts, axis=0), temperature)
    found = told(asked)
    np.testing.assert_allclose(found["more"], wanted, rtol=1e-6)
    assert found["prediction"].tolist() == [asked.classes[code] for code in wanted.argmax(axis=1)]


def test_values_are_averaged_in_the_targets_units_and_quantiles_rise() -> None:
    shares = (0.1, 0.4, 0.9)
    asked = made((), loss="quantile", quantiles=shares)
    parts = [
        member.weight * decode(member.target, number * OUTPUTS, "quantile", shares)
        for number, member in enumerate(asked.members, 1)
    ]
    found = told(asked)
    np.testing.assert_allclose(found["prediction"], np.sum(parts, axis=0), rtol=1e-6)
    first = asked.members[0].target.decode(OUTPUTS.astype(np.float64))
    np.testing.assert_allclose(found["more"], np.sort(first, axis=1), rtol=1e-6)
