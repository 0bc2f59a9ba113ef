from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from honed.nets import temporal
from honed.nets.mlp import Exact

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(3, 11, 2)).astype(np.float32)
LENGTHS = np.array([11, 1, 6], np.int32)


def by_loops(values: Any, weight: Any, stride: int, dilation: int) -> Any:
    kernel, rows, time = len(weight), len(values), values.shape[1]
    before = (kernel - 1) * dilation // 2
    found = np.zeros((rows, -(-time // stride), weight.shape[-1]))
    for output in range(found.shape[1]):
        for place in range(kernel):
            at = output * stride + place * dilation - before
            if 0 <= at < time:
                found[:, output] += values[:, at] @ weight[place]
    return found


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [(3, 1, 1), (5, 2, 1), (4, 3, 2), (9, 1, 4), (1, 1, 1)]
)
def test_an_output_sees_the_steps_around_it(kernel: int, stride: int, dilation: int) -> None:
    weight = RNG.normal(size=(kernel, 2, 4)).astype(np.float32)
    expected = by_loops(VALUES, weight, stride, dilation)
    own = temporal.convolve(VALUES, weight, kernel, stride=stride, dilation=dilation)
    np.testing.assert_allclose(own, expected, atol=1e-5)
    compiled = jax.jit(lambda v, w: temporal.convolve(v, w, kernel, jnp, stride=stride, dilation=dilation))
    np.testing.assert_allclose(compiled(VALUES, weight), expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["last", "mean", "max", "attention"])
def test_one_vector_of_all_steps_is_each_sequences_own(kind: str) -> None:
    weight = RNG.normal(size=(2, 1)).astype(np.float32)
    padded = np.where(np.arange(11)[:, None] < LENGTHS[:, None, None], VALUES, 99)
    values = padded.swapaxes(0, 1)
    own = temporal.pool(values, LENGTHS, kind, np, weight=Exact(weight))
    for row, length in enumerate(LENGTHS):
        alone = VALUES[row, :length]
        share = np.exp(alone @ weight)
        expected = {
            "last": alone[-1],
            "mean": alone.mean(axis=0),
            "max": alone.max(axis=0),
            "attention": (alone * share).sum(axis=0) / share.sum(),
        }[kind]
        np.testing.assert_allclose(own[row], expected, atol=1e-5)
        whole = temporal.pool(alone[:, None], None, kind, np, weight=Exact(weight))
        np.testing.assert_array_equal(own[row : row + 1], whole)
    np.testing.assert_allclose(temporal.pool(values, LENGTHS, kind, jnp, weight=weight), own, atol=1e-5)


def test_the_last_of_what_goes_backward_is_the_first_step() -> None:
    own = temporal.pool(VALUES.swapaxes(0, 1), LENGTHS, "last", np, first=1)
    np.testing.assert_array_equal(own[:, 0], VALUES[np.arange(3), LENGTHS - 1, 0])
    np.testing.assert_array_equal(own[:, 1], VALUES[:, 0, 1])


def test_features_of_fixed_kernels_are_shares_and_largest_values() -> None:
    kernels = [(temporal.drawn(2, count, RNG), np.full(count, 0.1, np.float32)) for count in (4, 3)]
    own = temporal.features(VALUES, LENGTHS, kernels, np)
    compiled = jax.jit(lambda values: temporal.features(values, LENGTHS, kernels, jnp))(VALUES)
    np.testing.assert_allclose(own, compiled, atol=1e-5)
    over = by_loops(VALUES, kernels[1][0], 1, 2)[2, :6] - 0.1
    np.testing.assert_allclose(own[2, 8:], [*(over > 0).mean(axis=0), *over.max(axis=0)], atol=1e-5)


def test_fixed_kernels_are_shared_out_among_the_dilations_that_fit() -> None:
    assert temporal.dilations(10, 128) == [3, 3, 2, 2]  # 1, 2, 4 and 8 steps apart
    assert temporal.dilations(2, 128) == [1, 1]
    assert temporal.dilations(5, 3) == [5]
    assert temporal.dilations(0, 100) == []


def test_fixed_kernels_weigh_three_places_and_sum_to_nothing() -> None:
    kernels = temporal.drawn(6, 50, RNG)
    assert kernels.shape == (temporal.KERNEL, 6, 50)
    np.testing.assert_allclose(kernels.sum(axis=0), 0, atol=1e-5)
    seen = (kernels != 0).any(axis=0).sum(axis=0)
    assert set(seen) >= {1, 2} and seen.max() <= 6
