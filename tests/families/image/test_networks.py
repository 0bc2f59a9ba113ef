"""What training may ask of the networks for pictures; on scikit-learn's digits of 8 × 8 pixels."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from sklearn.datasets import load_digits

from honed.families.image.inputs import ImageInputs, Pictures
from honed.families.image.networks import NETWORKS
from honed.family import Networks, Parameters, Role
from honed.nets.cnn_spec import CnnSpec
from honed.train.examples import Examples
from honed.train.loop import fit
from honed.train.spec import TrainingSpec

DIGITS: Any = load_digits()
PIXELS, CLASSES = DIGITS.data, DIGITS.target
ROWS = Pictures(PIXELS.reshape(-1, 8, 8, 1).astype(np.uint8))
INPUTS = ImageInputs(8, 8, 1, (float(PIXELS.mean()),), (float(PIXELS.std()),))
TRAIN, VALID, TEST = np.arange(1000), np.arange(1000, 1300), slice(1300, None)
FEW = Pictures(ROWS.pixels[:30])
SPECS = {
    "plain": CnnSpec(channels=(4, 5), blocks=1, normalization=None, dropout=0.3),
    "everything": CnnSpec(
        channels=(4, 4), residual=True, pool_behind="first", head="dense", hidden_sizes=(6,), whitening=True,
        augment=("flip", "shift", "crop", "cutout"), dropout=0.2, conv_dropout=0.05,
    ),
}  # fmt: skip
SMALL = CnnSpec(channels=(16, 32), blocks=1)


def start(spec: CnnSpec) -> Parameters:
    family: Networks = NETWORKS
    return family.start(spec, INPUTS, 10, FEW, 0)


def trained(spec: CnnSpec, **training: Any) -> tuple[Parameters, Any]:
    data = Examples.of(NETWORKS, INPUTS, ROWS, CLASSES.astype(np.int32), outputs=10)
    usual: dict[str, Any] = {"learning_rate": 0.01, "schedule": "cosine", "batch_size": 50, "epochs": 6}
    return fit(spec, TrainingSpec(**usual | training), data, TRAIN, VALID)


def accuracy(params: Parameters, spec: CnnSpec) -> float:
    said = NETWORKS.predict(params, spec, INPUTS, Pictures(ROWS.pixels[TEST]))
    return float((said.argmax(axis=1) == CLASSES[TEST]).mean())


@pytest.mark.parametrize("name", SPECS)
def test_layers_and_roles_fit_the_arrays(name: str) -> None:
    spec = SPECS[name]
    params, layers = start(spec), NETWORKS.layers(spec)
    assert {NETWORKS.role(each) for each in params} <= set(get_args(Role))
    assert {layer.weight for layer in layers} == {each for each in params if NETWORKS.role(each) == "weight"}
    statistics = {each for layer in layers for each in layer.statistics or ()}
    assert statistics == {each for each in params if NETWORKS.role(each) == "statistic"}


@pytest.mark.parametrize("name", SPECS)
def test_dropout_is_asked_at_each_of_its_places(name: str) -> None:
    spec, asked = SPECS[name], []

    def keep(place: int, values: np.ndarray) -> np.ndarray:
        asked.append(place)
        return values

    NETWORKS.apply(start(spec), spec, INPUTS, FEW, dropout=keep)
    assert asked == list(NETWORKS.dropouts(spec))


def test_a_picture_is_answered_the_same_wherever_it_stands() -> None:
    spec = SPECS["everything"]
    params = start(spec)
    whole = NETWORKS.predict(params, spec, INPUTS, ROWS)
    for row in (0, 511, 512, 1796):
        assert (
            NETWORKS.predict(params, spec, INPUTS, Pictures(ROWS.pixels[row : row + 1])) == whole[row]
        ).all()
    assert NETWORKS.predict(params, spec, INPUTS, Pictures(ROWS.pixels[:0])).shape == (0, 10)


def test_a_picture_and_its_mirror_image_are_answered_alike_where_training_mirrors() -> None:
    mirrored = Pictures(FEW.pixels[:, :, ::-1])
    for flips in (True, False):
        spec = CnnSpec(channels=(4,), augment=("flip",), test_flips=flips)
        said = [NETWORKS.predict(start(spec), spec, INPUTS, rows) for rows in (FEW, mirrored)]
        assert np.allclose(*said, atol=1e-6) == flips


def test_thinning_silences_units_by_its_seed() -> None:
    spec = SPECS["plain"]
    said = [NETWORKS.predict(start(spec), spec, INPUTS, FEW, seed) for seed in (None, 1, 1, 2)]
    assert (said[1] == said[2]).all() and (said[1] != said[3]).any() and (said[0] != said[1]).any()


def test_floats_are_the_same_pictures() -> None:
    spec = SPECS["everything"]
    as_floats = Pictures(FEW.pixels.astype(np.float32))
    assert (
        NETWORKS.predict(start(spec), spec, INPUTS, as_floats)
        == NETWORKS.predict(start(spec), spec, INPUTS, FEW)
    ).all()


def test_digits_are_learned_and_what_is_told_of_them_fits() -> None:
    params, record = trained(SMALL, probes="usual", epochs=8)
    assert accuracy(params, SMALL) > 0.94
    assert record.valid_loss[-1] < 0.2
    assert record.probes["dead"].shape == (len(record.probe_epochs), SMALL.layers)
    assert (record.probes["dead"] <= 0.5).all()


def test_with_everything_changed_pictures_are_learned_and_what_is_fixed_stays() -> None:
    spec = SPECS["everything"]
    (params, record), (again, _) = (trained(spec, epochs=n, l2=1e-4, l1=1e-5, noise=0.01) for n in (1, 3))
    assert (params["whitening.fixed"] == again["whitening.fixed"]).all()
    assert (params["0.weight"] != again["0.weight"]).any()
    assert record.train_loss[0] < 3 * np.log(10)


def test_rates_of_dropout_and_test_flips_need_no_program_of_their_own() -> None:
    one = CnnSpec(dropout=0.1, conv_dropout=0.2, test_flips=False)
    assert NETWORKS.structure(one) == NETWORKS.structure(CnnSpec(dropout=0.4))
    assert NETWORKS.structure(CnnSpec(channels=8)) != NETWORKS.structure(CnnSpec())


def test_the_cost_counts_forward_and_back() -> None:
    spec = CnnSpec(channels=(3,), blocks=1)
    assert NETWORKS.cost(spec, INPUTS, 10) == 6 * (64 * 9 * 3 + 3 * 10)
