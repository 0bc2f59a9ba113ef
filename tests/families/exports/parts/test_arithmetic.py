"""What an exported script computes is what honed computes, to the last bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from honed.families.exports.parts import arithmetic
from honed.model import outputs
from honed.nets.activations import ACTIVATIONS
from honed.nets.mlp import Exact

RNG = np.random.default_rng(4)
VALUES = RNG.normal(0, 5, (9, 7)).astype(np.float32)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_those_of_honed(name: str) -> None:
    np.testing.assert_array_equal(getattr(arithmetic, name)(VALUES), ACTIVATIONS[name](VALUES, np))


def test_products_are_exact_in_the_same_way() -> None:
    weights = RNG.normal(size=(7, 5)).astype(np.float32)
    found = arithmetic.product(VALUES, weights)
    np.testing.assert_array_equal(found, VALUES @ Exact(weights))
    np.testing.assert_allclose(found, VALUES @ weights, rtol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_probabilities_are_sharpened_alike(temperature: float) -> None:
    found = arithmetic.softmax(VALUES)
    np.testing.assert_array_equal(found, outputs.softmax(VALUES))
    np.testing.assert_array_equal(
        arithmetic.sharpened(found, temperature), outputs.sharpen(found, temperature)
    )


def test_arrays_come_back_from_their_file(tmp_path: Path) -> None:
    arrays = {"0/a": VALUES, "b": np.arange(4), "none": np.zeros((0, 3), np.float32)}
    (tmp_path / "a.safetensors").write_bytes(save(arrays, {"made": "here"}))
    found = arithmetic.arrays_of(tmp_path / "a.safetensors")
    assert found.keys() == arrays.keys()
    for name, value in arrays.items():
        np.testing.assert_array_equal(found[name], value)
