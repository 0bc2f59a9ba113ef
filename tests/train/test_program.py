"""The compiled program: what is traced compiles nothing, and parts of a step add up to what they should."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.settings import build, declarations
from honed.train import loop
from honed.train.examples import Examples
from honed.train.parts import Stream
from honed.train.programs import SHARED
from honed.train.record import Record
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec

ROWS = 40
INPUTS = Inputs(3, 0, (), ())
ONE_STEP: dict[str, Any] = {"batch_size": "full", "early_stopping": False}

# Numbers that decide shapes or the form of the program, each with its reason.
STRUCTURAL = {
    "hidden_sizes": "shapes of weights",
    "depth": "number of layers",
    "width": "shapes of weights",
    "taper": "shapes of weights",
    "embedding_frequencies": "shapes of the embedding",
    "embedding_size": "shapes of the embedding",
    "category_size": "shapes of the embedding",
    "batch_size": "rows of a step",
}
# The others: another value, beside the one in its context.
OTHER = {
    "embedding_sigma": 0.5,
    "dropout": 0.3,
    "input_dropout": 0.3,
    "huber_delta": 0.5,
    "quantiles": (0.2, 0.6, 0.8),
    "label_smoothing": 0.3,
    "learning_rate": 0.01,
    "prediction_margin": 0.2,
    "momentum": 0.5,
    "rho": 0.5,
    "beta1": 0.5,
    "beta2": 0.9,
    "epsilon": 1e-3,
    "l1": 0.2,
    "l2": 0.2,
    "weight_decay": 0.2,
    "noise": 0.2,
    "gradient_clip": 2.0,
    "warmup": 0.5,
    "plateau_factor": 0.2,
    "plateau_patience": 2,
    "plateau_threshold": 0.1,
    "plateau_cooldown": 3,
    "plateau_swing": 0.2,
    "bias_rate": 0.5,
    "scale_rate": 0.5,
    "embedding_rate": 0.5,
    "slope_rate": 0.5,
    "accumulation": 3,
    "weight_average": 0.5,
    "epochs": 4,
    "patience": "2x",
    "min_delta": 0.01,
}
SMALL = {"depth": 1, "width": 3, "batch_size": 8, "epochs": 2}
EVERYTHING = SMALL | {
    "prediction_margin": 0.1,
    "numeric_embedding": "periodic", "feature_scale": True, "parametric_activation": True, "embedding_sigma": 0.1,
    "dropout": 0.1, "input_dropout": 0.1, "loss": "huber", "huber_delta": 1.0, "learning_rate": 0.001, "beta1": 0.9,
    "beta2": 0.99, "epsilon": 1e-8, "l1": 0.1, "l2": 0.1, "weight_decay": 0.1, "noise": 0.1, "gradient_clip": 1.0,
    "schedule": "plateau", "warmup": 0.1, "plateau_factor": 0.5, "plateau_patience": 1, "plateau_threshold": 0.01,
    "plateau_cooldown": 1, "plateau_swing": 0.1, "bias_rate": 0.1, "scale_rate": 0.1, "embedding_rate": 0.1,
    "slope_rate": 0.1, "accumulation": 2, "weight_average": 0.9, "patience": 1, "min_delta": 0.1,
}  # fmt: skip
CONTEXTS = {  # for those that "everything" cannot have
    "momentum": SMALL | {"optimizer": "sgd", "momentum": 0.9},
    "rho": SMALL | {"optimizer": "rmsprop", "rho": 0.9},
    "quantiles": SMALL | {"loss": "quantile", "quantiles": (0.1, 0.5, 0.9)},
    "label_smoothing": SMALL | {"label_smoothing": 0.1},
}
NUMBERS = [
    name
    for kind in (NetworkSpec, TrainingSpec)
    for name, declaration in declarations(kind).items()
    if declaration.kind in (int, float)
]


def table(classes: int = 0, rows: int = ROWS) -> tuple[Encoded, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)).astype(np.float32)
    y = np.tanh(X @ [1.0, -2.0, 0.5]) + 0.3 * rng.normal(size=rows)
    codes = np.digitize(y, np.quantile(y, np.arange(1, classes) / classes)) if classes else y
    return Encoded(X, np.zeros((rows, 0), np.int32)), codes.astype(np.int32 if classes else np.float32)


def fit(
    settings: dict[str, Any],
    *,
    classes: int = 0,
    valid: int = 0,
    weights: np.ndarray | None = None,
    data: tuple[Encoded, np.ndarray] | None = None,
    **more: Any,
) -> tuple[mlp.Parameters, Record]:
    network, training = build([NetworkSpec, TrainingSpec], settings)
    rows, y = data or table(classes)
    known = Examples.of(NETWORKS, INPUTS, rows, y, outputs=classes or 1, weights=weights)
    everything = np.arange(len(y), dtype=np.int32)
    return loop.fit(network, training, known, everything[valid:], everything[:valid], **more)


def started(settings: dict[str, Any], outputs: int = 1) -> mlp.Parameters:
    (network, _) = build([NetworkSpec, TrainingSpec], settings)
    return mlp.initialize(network, INPUTS, outputs, table()[0], 0)


@functools.cache
def compiled(context: str) -> int:
    """Train once in a context, which compiles its program."""
    settings = CONTEXTS.get(context, EVERYTHING)
    fit(settings, classes=2 * (context == "label_smoothing"), valid=8)
    return 2 * (context == "label_smoothing")


@pytest.mark.parametrize("name", [name for name in NUMBERS if name not in STRUCTURAL])
def test_another_number_compiles_nothing_new(name: str) -> None:
    assert name in OTHER, f"{name} is new: say another value of it in OTHER, or in STRUCTURAL why it compiles"
    settings = CONTEXTS.get(name, EVERYTHING)
    assert settings[name] and settings[name] != OTHER[name]
    classes = compiled(name if name in CONTEXTS else "everything")
    before = len(SHARED)
    _, record = fit(settings | {name: OTHER[name]}, classes=classes, valid=8)
    assert len(SHARED) == before
    assert record.compile_seconds == 0


def test_only_settings_that_exist_may_compile() -> None:
    assert set(STRUCTURAL) | set(OTHER) == set(NUMBERS)


@pytest.mark.parametrize(("batch", "parts"), [(10, 4), (16, 3)])
def test_the_whole_batch_is_the_mean_of_its_parts(batch: int, parts: int) -> None:
    """40 rows as four times 10, and as 16, 16 and 8, where each row counts the same and not each part."""
    settings = {"depth": 1, "width": 4, "optimizer": "sgd", "learning_rate": 0.1, "epochs": 5}
    whole, _ = fit(settings | ONE_STEP)
    accumulated, record = fit(
        settings | {"batch_size": batch, "accumulation": parts, "early_stopping": False}
    )
    assert record.steps == 5
    for name, value in whole.items():
        np.testing.assert_allclose(accumulated[name], value, atol=1e-6, err_msg=name)


def test_accumulated_batches_are_one_larger_batch_and_the_rest_another() -> None:
    settings = {"depth": 1, "width": 4, "learning_rate": 0.01, "epochs": 3, "early_stopping": False}
    large, record = fit(settings | {"batch_size": 32})
    parts, other = fit(settings | {"batch_size": 16, "accumulation": 2})
    assert record.steps == other.steps == 6
    for name, value in large.items():
        np.testing.assert_allclose(parts[name], value, atol=1e-5, err_msg=name)
    np.testing.assert_allclose(other.train_loss, record.train_loss, rtol=1e-5)


def test_the_weight_average_is_a_weighted_mean_of_the_parameters_after_each_step() -> None:
    settings = {"depth": 1, "width": 4, "optimizer": "sgd", "learning_rate": 0.1, "epochs": 6} | ONE_STEP
    path = [fit(settings, stop_after=count)[0] for count in range(1, 7)]
    shares = 0.7 ** np.arange(5, -1, -1)
    got, _ = fit(settings | {"weight_average": 0.7})
    for name in got:
        expected = sum(share * step[name] for share, step in zip(shares, path, strict=True)) / shares.sum()
        np.testing.assert_allclose(got[name], expected, atol=1e-6, err_msg=name)


def test_the_average_validates_and_not_the_last_step() -> None:
    settings = {"depth": 1, "width": 4, "learning_rate": 0.05, "batch_size": "full", "weight_average": 0.9}
    got, record = fit(settings | {"epochs": 20}, valid=10)
    rows, y = table()
    (network, _) = build([NetworkSpec, TrainingSpec], settings)
    outputs = mlp.predict(got, network, INPUTS, Encoded(rows.numeric[:10], rows.codes[:10]))
    assert ((outputs[:, 0] - y[:10]) ** 2).mean() == pytest.approx(record.best_loss, rel=1e-4)


@pytest.mark.parametrize(("monitor", "classes", "seed"), [("accuracy", 3, 0), ("mean_absolute_error", 0, 1)])
def test_the_best_epoch_is_the_best_by_what_is_monitored(monitor: str, classes: int, seed: int) -> None:
    settings = {"depth": 1, "width": 8, "learning_rate": 0.1, "batch_size": 8, "epochs": 30}
    got, record = fit(settings | {"monitor": monitor}, classes=classes, valid=15, seed=seed)
    rows, y = table(classes)
    (network, _) = build([NetworkSpec, TrainingSpec], settings)
    outputs = mlp.predict(got, network, INPUTS, Encoded(rows.numeric[:15], rows.codes[:15]))
    found = (outputs.argmax(axis=1) == y[:15]).mean() if classes else np.abs(outputs[:, 0] - y[:15]).mean()
    best = record.monitored.max() if classes else record.monitored.min()
    assert found == pytest.approx(best, rel=1e-5)
    assert record.monitored[record.best_epoch - 1] == best
    assert record.best_epoch - 1 != np.nanargmin(record.valid_loss), "the loss would have chosen the same"


@pytest.mark.parametrize(("min_delta", "late"), [(1.0, False), (0.002, True)])
def test_patience_as_a_multiple_waits_as_long_as_the_best_epoch_took_and_ten_epochs(
    min_delta: float, late: bool
) -> None:
    settings = {"depth": 1, "width": 8, "learning_rate": 0.003, "batch_size": 8, "epochs": 400}
    _, record = fit(settings | {"patience": "2x", "min_delta": min_delta}, valid=10)
    assert (record.best_epoch > 10) == late
    assert len(record.train_loss) == max(2 * record.best_epoch, record.best_epoch + 10) < 400


@pytest.mark.parametrize("swing", [0.03, None])
@pytest.mark.parametrize("cooldown", [0, 3])
def test_the_rate_falls_on_a_plateau_and_where_the_loss_swings(swing: float | None, cooldown: int) -> None:
    settings = {"depth": 1, "width": 16, "learning_rate": 0.15, "batch_size": 8, "epochs": 60}
    knobs = {"plateau_patience": 2, "plateau_factor": 0.7, "plateau_threshold": 0.01}
    knobs |= {"plateau_swing": swing, "plateau_cooldown": cooldown}
    _, record = fit(settings | {"schedule": "plateau"} | knobs, valid=20, seed=1)
    expected, by_swing = watch(record.valid_loss, swing, cooldown)
    np.testing.assert_allclose(record.rate, 0.15 * expected, rtol=1e-5)
    assert by_swing or swing != 0.03, "the case shows nothing"
    assert expected[-1] < 0.5, "the rate has hardly fallen"


def watch(losses: np.ndarray, swing: float | None, cooldown: int) -> tuple[np.ndarray, int]:
    """The factor on the rate in each epoch, and how often a swing alone lowered it."""
    factor, best, bad, swings, left, by_swing = 1.0, math.inf, 0, 0, 0, 0
    factors = []
    for epoch, loss in enumerate(losses):
        factors.append(factor)
        cooling, left = left > 0, max(left - 1, 0)
        progress = loss < best * (1 - 0.01)
        best = loss if progress else best
        bad = 0 if progress or cooling else bad + 1
        turned = False
        if swing is not None and epoch > 1 and not cooling:
            now, before = loss - losses[epoch - 1], losses[epoch - 1] - losses[epoch - 2]
            turned = now * before < 0 and abs(now) > swing * abs(losses[epoch - 1])
        swings = swings + 1 if turned else 0
        if bad >= 2 or swings >= 2:
            by_swing += bad < 2
            factor, bad, swings, left = 0.7 * factor, 0, 0, cooldown
    return np.array(factors), by_swing


def test_noise_has_the_promised_spread_on_weights_and_on_biases() -> None:
    settings = {"hidden_sizes": (1000, 5), "optimizer": "sgd", "learning_rate": 0.1, "noise": 0.5} | ONE_STEP
    nothing = np.zeros(ROWS)  # weights of 0: no gradient
    start = started(settings)
    once, thrice = (fit(settings | {"epochs": n}, weights=nothing, start=start)[0] for n in (1, 3))
    for name in ("0.weight", "0.bias", "1.weight"):
        moved = once[name] - start[name]
        assert moved.std() == pytest.approx(0.1 * 0.5, rel=0.08), name
        assert abs(moved.mean()) < 4 * 0.05 / math.sqrt(moved.size), name
        assert (thrice[name] - start[name]).std() == pytest.approx(math.sqrt(3) * 0.05, rel=0.08), name
        assert len(np.unique(moved)) > 0.99 * moved.size, name
    first, second = (once[name] - start[name] for name in ("0.bias", "1.weight"))
    assert abs(np.corrcoef(first, second[:, 0])[0, 1]) < 0.15


def test_permuting_the_classes_permutes_the_outputs() -> None:
    order = np.array([2, 0, 1])  # class k becomes class place[k]
    place = np.argsort(order)
    settings = {"depth": 1, "width": 5, "learning_rate": 0.01, "epochs": 30} | ONE_STEP
    rows, y = table(3)
    start = started(settings, 3)
    turned = start | {"1.weight": start["1.weight"][:, order], "1.bias": start["1.bias"][order]}
    plain, _ = fit(settings, classes=3, start=start)
    other, _ = fit(settings, classes=3, data=(rows, place[y].astype(np.int32)), start=turned)
    assert np.abs(plain["1.weight"] - start["1.weight"]).max() > 0.05
    np.testing.assert_allclose(other["1.weight"], plain["1.weight"][:, order], atol=1e-5)
    np.testing.assert_allclose(other["1.bias"], plain["1.bias"][order], atol=1e-5)
    np.testing.assert_allclose(other["0.weight"], plain["0.weight"], atol=1e-5)


def test_permuting_the_columns_permutes_the_first_weights() -> None:
    order = np.array([1, 2, 0])
    settings = {"depth": 1, "width": 5, "learning_rate": 0.01, "epochs": 30} | ONE_STEP
    rows, y = table()
    start = started(settings)
    turned = start | {"0.weight": start["0.weight"][order]}
    plain, _ = fit(settings, start=start)
    other, _ = fit(settings, data=(Encoded(rows.numeric[:, order], rows.codes), y), start=turned)
    assert np.abs(plain["0.weight"] - start["0.weight"]).max() > 0.05
    np.testing.assert_allclose(other["0.weight"], plain["0.weight"][order], atol=1e-5)
    np.testing.assert_allclose(other["1.weight"], plain["1.weight"], atol=1e-5)


def test_batch_statistics_leave_out_the_places_that_fill_up_a_batch() -> None:
    """40 rows in one step of 48 places, of which 8 are masked, and in one of 40."""
    settings = {"depth": 1, "width": 4, "learning_rate": 0.01, "epochs": 5, "early_stopping": False}
    padded, record = fit(settings | {"normalization": "batch", "batch_size": "full"})
    exact, other = fit(settings | {"normalization": "batch", "batch_size": ROWS})
    assert (record.batch_size, other.batch_size) == (48, 40)
    for name, value in exact.items():
        np.testing.assert_allclose(padded[name], value, atol=1e-5, err_msg=name)


def test_running_statistics_take_a_tenth_of_each_batch_the_smaller_last_one_too() -> None:
    settings = {"depth": 1, "width": 4, "normalization": "batch", "batch_size": 30, "epochs": 1}
    settings |= {"optimizer": "sgd", "learning_rate": 1e-9, "early_stopping": False}
    network, training = build([NetworkSpec, TrainingSpec], settings)
    rows, y = table()
    start = started(settings)
    data = Examples.of(NETWORKS, INPUTS, rows, y, outputs=1)
    everything = np.arange(ROWS, dtype=np.int32)
    setup = Setup(network, training, data, everything, 0)
    order = setup.orders(setup.structure(), [setup.part(0)], Stream(0, setup.train))[0][:ROWS]
    mean, variance = start["0.mean"], start["0.variance"]
    for part in (order[:30], order[30:]):
        linear = rows.numeric[part] @ start["0.weight"]
        mean = 0.9 * mean + 0.1 * linear.mean(axis=0)
        variance = 0.9 * variance + 0.1 * linear.var(axis=0, ddof=1)
    got, _ = fit(settings, start=start)
    np.testing.assert_allclose(got["0.mean"], mean, atol=1e-6)
    np.testing.assert_allclose(got["0.variance"], variance, rtol=1e-5)


def test_layers_drop_by_their_own_rates() -> None:
    from honed.train.step import _dropout

    network = NetworkSpec(depth=3, dropout=(0.0, 0.5, 0.2))
    rows, y = table()
    data = Examples.of(NETWORKS, INPUTS, rows, y, outputs=1)
    setup = Setup(network, TrainingSpec(), data, np.arange(ROWS), 0)
    structure, knobs = setup.structure(), setup.knobs()
    drop = _dropout(structure, knobs, jnp.float32(1), jnp.uint32(3))
    for layer, rate in enumerate(network.dropouts):
        values = np.asarray(drop(layer, jnp.ones((1000, 64))))
        assert np.mean(values == 0) == pytest.approx(rate, abs=0.01)
        assert values.mean() == pytest.approx(1, abs=0.02)
    half = _dropout(structure, knobs, jnp.float32(0.5), jnp.uint32(3))
    assert np.mean(np.asarray(half(1, jnp.ones((1000, 64)))) == 0) == pytest.approx(0.25, abs=0.01)
