"""What training may ask of the networks for tables: each answer fits the parameters that there are."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.family import Networks, Parameters, Role
from honed.nets.spec import NetworkSpec

INPUTS = Inputs(2, 1, (3,), (4,))
RNG = np.random.default_rng(0)
ROWS = Encoded(RNG.normal(size=(30, 3)).astype(np.float32), RNG.integers(0, 3, size=(30, 2)).astype(np.int32))
SPECS = {
    "plain": NetworkSpec(depth=2, width=5),
    "linear": NetworkSpec(depth=0),
    "everything": NetworkSpec(
        hidden_sizes=(5, 6), activation=("tanh", "relu"), normalization="batch", residual=True, feature_scale=True,
        numeric_embedding="periodic", parametric_activation=True, dropout=(0.0, 0.2), input_dropout=0.1,
    ),
}  # fmt: skip


def start(spec: NetworkSpec) -> Parameters:
    family: Networks = NETWORKS
    return family.start(spec, INPUTS, 2, ROWS, 0)


@pytest.mark.parametrize("name", SPECS)
def test_layers_name_arrays_that_are_there(name: str) -> None:
    spec = SPECS[name]
    params, layers = start(spec), NETWORKS.layers(spec)
    assert len(layers) == spec.layers + 1
    assert all(NETWORKS.role(layer.weight) == "weight" for layer in layers)
    statistics = {each for layer in layers for each in layer.statistics or ()}
    assert statistics == {each for each in params if NETWORKS.role(each) == "statistic"}
    assert {layer.weight for layer in layers} <= set(params)


@pytest.mark.parametrize("name", SPECS)
def test_every_array_has_a_role(name: str) -> None:
    assert {NETWORKS.role(each) for each in start(SPECS[name])} <= set(get_args(Role))


@pytest.mark.parametrize("name", SPECS)
def test_dropout_is_asked_at_each_of_its_places(name: str) -> None:
    spec, asked = SPECS[name], []

    def keep(place: int, values: np.ndarray) -> np.ndarray:
        asked.append(place)
        return values

    NETWORKS.apply(start(spec), spec, INPUTS, ROWS, dropout=keep)
    assert asked == list(NETWORKS.dropouts(spec))
    asked.clear()
    many = INPUTS._replace(buckets=(1,))  # its last flag is a frequency then
    NETWORKS.apply(start(spec), spec, many, ROWS, dropout=keep)
    assert asked == [*NETWORKS.hides(many), *NETWORKS.dropouts(spec)]
    assert not NETWORKS.hides(INPUTS)


def test_rates_of_dropout_are_no_structure() -> None:
    one, other = (NetworkSpec(dropout=rate, embedding_sigma=rate) for rate in (0.1, 0.3))
    assert NETWORKS.structure(one) == NETWORKS.structure(other) != NETWORKS.structure(NetworkSpec(width=7))


def test_a_code_that_no_training_row_holds_is_neutral() -> None:
    spec, everything = SPECS["plain"], np.arange(30)
    params = start(spec)
    assert NETWORKS.is_covered(INPUTS, ROWS, everything, everything[:5])
    train = np.flatnonzero(ROWS.codes[:, 1] != 2)
    assert not NETWORKS.is_covered(INPUTS, ROWS, train, everything)
    codes = ROWS.codes[train, 1]
    mean = np.bincount(codes, minlength=4) / len(codes) @ params["category.0"]
    neutral = NETWORKS.neutral(params, spec, INPUTS, ROWS, train)
    np.testing.assert_allclose(neutral["category.0"][2], mean, rtol=1e-5)
