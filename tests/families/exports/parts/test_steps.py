"""Layers over time in PyTorch see the steps of a sequence and nothing behind them, as those of honed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.nets import temporal

torch = pytest.importorskip("torch")
from honed.families.exports.parts import steps  # noqa: E402

LENGTHS = np.array([7, 2, 5, 1])
VALUES = np.random.default_rng(2).normal(size=(4, 7, 3)).astype(np.float32)
IS_STEP = steps.steps(torch.from_numpy(LENGTHS), 7)


def pooled(kind: str, **more: Any) -> np.ndarray:
    return temporal.pool(VALUES.swapaxes(0, 1), LENGTHS, kind, np, **more)


def test_steps_become_one_vector_as_in_honed() -> None:
    values, ends = torch.from_numpy(VALUES), torch.from_numpy(LENGTHS)
    np.testing.assert_allclose(steps.last(values, ends), pooled("last"))
    np.testing.assert_allclose(steps.last(values, ends, 1), pooled("last", first=1))
    np.testing.assert_allclose(steps.mean(values, IS_STEP), pooled("mean"), rtol=1e-5)
    np.testing.assert_allclose(steps.largest(values, IS_STEP), pooled("max"))
    layer = steps.Attention(3)
    weight = layer.score.weight.detach().numpy().T
    with torch.no_grad():
        found = layer(values, IS_STEP)
    np.testing.assert_allclose(found, pooled("attention", weight=weight), rtol=1e-4)


def test_statistics_are_those_of_the_steps_alone() -> None:
    values, layer = torch.from_numpy(VALUES), torch.nn.BatchNorm1d(3, momentum=1.0)
    found = steps.over_steps(layer, values, IS_STEP)
    np.testing.assert_allclose(layer.running_mean, VALUES[IS_STEP.numpy()].mean(axis=0), rtol=1e-5)
    assert not found[~IS_STEP].any()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
def test_a_convolution_gives_an_output_for_each_stride(stride: int, dilation: int) -> None:
    layer = torch.nn.Conv1d(3, 4, 4, stride=stride, dilation=dilation, bias=False)
    weight = layer.weight.detach().numpy().T
    wanted = temporal.convolve(VALUES, weight, 4, stride=stride, dilation=dilation)
    with torch.no_grad():
        found = steps.convolved(layer, torch.from_numpy(VALUES))
    np.testing.assert_allclose(found, wanted, atol=1e-5)
