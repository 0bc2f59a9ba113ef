from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from naive_convolution import by_loops

from honed.nets import cnn
from honed.nets.cnn_spec import CnnSpec

SHAPE = (8, 6, 2)
SPECS = {
    "plain": CnnSpec(channels=(3, 4), blocks=2, normalization=None),
    "batch": CnnSpec(channels=4, stages=2, blocks=1, head="dense", hidden_sizes=(7,)),
    "layer": CnnSpec(channels=4, stages=2, normalization="layer", pooling="average", activation="gelu"),
    "residual": CnnSpec(channels=(4, 4), blocks=2, residual=True, pool_behind="first", kernel_size=2),
    "stride": CnnSpec(channels=(3, 4), blocks=1, stride=2, pooling="stride", activation="selu"),
    "whitened": CnnSpec(channels=3, stages=5, blocks=1, whitening=True, normalization=None, residual=True),
}


def drawn(rows: int = 5, shape: tuple[int, ...] = SHAPE) -> Any:
    return np.random.default_rng(0).normal(size=(rows, *shape)).astype(np.float32)


@pytest.mark.parametrize("name", SPECS)
def test_parameters_have_their_shapes_and_each_compiled_output_is_numpys(name: str) -> None:
    spec, pixels = SPECS[name], drawn()
    params = cnn.initialize(spec, SHAPE, 3, pixels, 0)
    assert {each: value.shape for each, value in params.items()} == cnn.shapes(spec, SHAPE, 3)
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}
    outputs = cnn.apply(params, spec, SHAPE, pixels)
    assert outputs.shape == (5, 3) and np.ptp(outputs, axis=0).min() > 0
    compiled = jax.jit(lambda params, pixels: cnn.apply(params, spec, SHAPE, pixels, jnp))(params, pixels)
    np.testing.assert_allclose(outputs, compiled, atol=1e-4)


def test_a_plain_network_is_its_loops() -> None:
    spec = CnnSpec(channels=(3,), blocks=2, normalization=None, head="dense", hidden_sizes=(4,))
    params, pixels = cnn.initialize(spec, SHAPE, 2, drawn(), 1), drawn(2)
    params = {name: value + 0.1 if name.endswith("bias") else value for name, value in params.items()}

    def layer(values: Any, number: int) -> Any:
        found = by_loops(values, params[f"{number}.weight"], (SHAPE[:2], (3, 3), 1, 1, "same", 1))
        return found + params[f"{number}.bias"]

    hidden = layer(np.maximum(layer(pixels, 0), 0), 1)
    hidden = np.maximum(hidden.reshape(2, 4, 2, 3, 2, 3).max(axis=(2, 4)), 0).reshape(2, -1)
    hidden = np.maximum(hidden @ params["2.weight"] + params["2.bias"], 0)
    expected = hidden @ params["3.weight"] + params["3.bias"]
    np.testing.assert_allclose(cnn.apply(params, spec, SHAPE, pixels), expected, atol=1e-5)


def test_a_residual_layer_adds_its_input() -> None:
    spec = CnnSpec(channels=(2,), blocks=1, residual=True, normalization=None)
    params = cnn.initialize(spec, SHAPE, 2, drawn(), 0)
    params["0.weight"] = np.zeros_like(params["0.weight"])
    params["1.weight"] = np.eye(2, dtype=np.float32)
    pixels = drawn(3)
    halves = pixels.reshape(3, 4, 2, 3, 2, 2).max(axis=(2, 4))
    np.testing.assert_allclose(cnn.apply(params, spec, SHAPE, pixels), halves.mean(axis=(1, 2)), atol=1e-6)


def test_batch_normalization_starts_with_what_the_sample_shows() -> None:
    spec, pixels = SPECS["batch"], drawn(64) + np.float32(5)  # far from what it starts with by itself
    params = cnn.initialize(spec, SHAPE, 3, pixels, 0)
    seen: dict[int, Any] = {}
    cnn.apply(params, spec, SHAPE, pixels, dropout=lambda layer, values: seen.setdefault(layer, values))
    assert sorted(seen) == [0, 1, 2]
    seen = {layer: values.reshape(64, -1, values.shape[-1]) for layer, values in seen.items()}
    # behind ReLU about half of each channel's values are above 0
    shares = [(values > 0).mean(axis=(0, 1)) for values in seen.values()]
    assert all(share.min() > 0.2 and share.max() < 0.8 for share in shares)


def test_whitened_patches_have_no_correlation() -> None:
    spec = CnnSpec(channels=(3,), blocks=1, whitening=True)
    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.normal(size=(400, *SHAPE)), axis=1).astype(np.float32)
    params = cnn.initialize(spec, SHAPE, 2, smooth, 0)
    found = cnn.convolve(smooth, params["whitening.fixed"], padding="valid")
    values = found[..., : found.shape[-1] // 2].reshape(-1, found.shape[-1] // 2)
    np.testing.assert_allclose(np.cov(values, rowvar=False), np.eye(values.shape[1]), atol=0.01)
    np.testing.assert_allclose(found[..., values.shape[1] :].reshape(values.shape), -values, atol=1e-4)


def test_layers_and_dropouts_are_numbered_through() -> None:
    spec = CnnSpec(channels=(3, 4), blocks=2, hidden_sizes=(5,), dropout=0.3, activation="tanh")
    assert [layer.weight for layer in cnn.layers(spec)] == [f"{n}.weight" for n in range(6)]
    assert cnn.layers(spec)[3].statistics == ("3.mean", "3.variance")
    assert cnn.dropouts(spec) == pytest.approx({0: 0.1, 1: 0.1, 2: 0.1, 3: 0.1, 4: 0.3})
    assert cnn.dropouts(CnnSpec(channels=(3,), blocks=1, dropout=0.3))[cnn.FEATURES] == 0.3


def test_products_are_counted_at_all_places() -> None:
    spec = CnnSpec(channels=(3, 4), blocks=1, head="dense")
    expected = 48 * 9 * 2 * 3 + 12 * 9 * 3 * 4 + (2 * 1 * 4) * 5
    assert cnn.products(spec, SHAPE, 5) == expected


def test_a_picture_too_small_to_be_halved_again_stays() -> None:
    spec = CnnSpec(channels=2, stages=6, blocks=1)
    assert [layer.after for layer in cnn.plan(spec, (5, 9, 1))][-3:] == [(1, 1)] * 3
