"""Layers and answers in PyTorch are those of honed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.encode.target import TargetEncoder
from honed.model import outputs
from honed.nets import levels, mlp
from honed.nets.spec import NetworkSpec

torch = pytest.importorskip("torch")
from honed.families.exports.parts import modules  # noqa: E402

RNG = np.random.default_rng(4)


def test_periodic_values_are_those_of_honed() -> None:
    spec = NetworkSpec(depth=0, numeric_embedding="periodic")
    inputs: Any = mlp.Inputs(3, 0, (), ())
    values = RNG.normal(size=(8, 3)).astype(np.float32)
    params = mlp.initialize(spec, inputs, 1, mlp.Encoded(values, np.zeros((8, 0), np.int32)), 1)
    own = modules.Periodic(3, spec.embedding_frequencies, spec.embedding_size)
    own.load_state_dict(
        {
            name.removeprefix("numeric."): torch.from_numpy(value)
            for name, value in params.items()
            if "numeric" in name
        }
    )
    expected = mlp.features(params, spec, inputs, mlp.Encoded(values, np.zeros((8, 0), np.int32)), np)
    np.testing.assert_allclose(own(torch.from_numpy(values)).detach().numpy(), expected, atol=1e-5)


def test_rare_words_have_the_values_that_honed_gives_them() -> None:
    own = modules.RareEmbedding(9, 4, 3)
    codes, frequency = np.array([0, 1, 5, 6, 8]), np.array([0, 0, 0, 0.3, 0.9], np.float32)
    expected = levels.values(own.weight.detach().numpy(), codes, frequency, 3, np)
    found = own(torch.from_numpy(codes), torch.from_numpy(frequency)).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "log", "poisson"])
@pytest.mark.parametrize(
    ("quantiles", "middle"), [((), ((0, 1.0),)), ((0.1, 0.4, 0.9), ((1, 0.8), (2, 0.2)))]
)
def test_values_are_told_and_learned_as_honed_does(
    kind: Any, quantiles: tuple[float, ...], middle: Any
) -> None:
    found = RNG.normal(size=(6, len(quantiles) or 1)).astype(np.float32)
    scale, offset = (1.0, 0.0) if kind == "poisson" else (2.0, 0.25)
    target = TargetEncoder(kind, 1.5, scale, 0.1, 30.0, offset)
    added = None if kind == "linear" else offset
    own = modules.Values(1.5, scale, 0.1, 30.0, added, middle, kind == "poisson")
    expected = outputs.decode(target, found, "quantile" if quantiles else "auto", quantiles)
    np.testing.assert_allclose(own.of(torch.from_numpy(found)).numpy(), expected, rtol=1e-12)
    y = np.array([0.05, 1.0, 9.0])
    np.testing.assert_allclose(own.standardised(torch.from_numpy(y)).numpy(), target.encode(y), rtol=1e-6)


@pytest.mark.parametrize("loss", ["auto", "squared"])
def test_probabilities_are_those_of_honed(loss: str) -> None:
    found = RNG.normal(size=(6, 3)).astype(np.float32)
    expected = outputs.decode(TargetEncoder("classes"), found, loss)
    own = modules.Classes(loss == "squared").of(torch.from_numpy(found))
    np.testing.assert_allclose(own.numpy(), expected, rtol=1e-12)
