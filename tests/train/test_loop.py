"""Whole trainings against the textbook's in NumPy (`tests/references/backpropagation.py`), and their promises."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest
from backpropagation import Settings, Updater, gradient

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.run import memory
from honed.run.worker import Late
from honed.train import loop, turns
from honed.train.examples import Examples
from honed.train.parts import Stream
from honed.train.programs import SHARED, Programs
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec
from honed.train.step import _dropout

INPUTS = Inputs(3, 0, (), ())


def table(rows: int = 40, outputs: int = 1) -> tuple[Encoded, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)).astype(np.float32)
    y = (X @ [1.0, -2.0, 0.5]).astype(np.float32)
    return Encoded(X, np.zeros((rows, 0), np.int32)), y if outputs == 1 else (y > 0).astype(np.int32)


def fit(
    network: NetworkSpec,
    training: TrainingSpec,
    *,
    rows: int = 40,
    valid: int = 0,
    outputs: int = 1,
    **more: Any,
):
    encoded, y = table(rows, outputs)
    data = Examples.of(NETWORKS, INPUTS, encoded, y, outputs=outputs)
    everything = np.arange(rows, dtype=np.int32)
    return loop.fit(network, training, data, everything[valid:], everything[:valid], **more)


def started(network: NetworkSpec, rows: int = 40, outputs: int = 1, seed: int = 0) -> dict[str, np.ndarray]:
    encoded, _ = table(rows, outputs)
    return {
        k: v.astype(np.float64) for k, v in mlp.initialize(network, INPUTS, outputs, encoded, seed).items()
    }


TRAININGS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "the notes' own network": (
        {"hidden_sizes": (6, 4), "activation": "sigmoid", "output_activation": "sigmoid"},
        {"optimizer": "sgd", "learning_rate": 0.5, "loss": "squared"},
        2,
    ),
    "numbers": (
        {"hidden_sizes": (6, 4), "activation": ("tanh", "silu")},
        {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.9, "nesterov": True, "gradient_clip": 0.5},
        1,
    ),
    "classes": (
        {"hidden_sizes": (6,), "activation": "elu"},
        {"optimizer": "nadam", "learning_rate": 0.01, "epsilon": 0.01, "l1": 0.003, "l2": 0.01},
        2,
    ),
    "no hidden layer": (
        {"depth": 0},
        {"optimizer": "rmsprop", "learning_rate": 0.002, "epsilon": 0.03, "l1": 0.01, "weight_decay": 0.3},
        1,
    ),
}


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-10), ("float32", 1e-5)])
@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_of_fifty_steps_agrees_with_the_textbooks(
    name: str, precision: str, tolerance: float
) -> None:
    shape, settings, outputs = TRAININGS[name]
    network, classes = NetworkSpec(**shape), outputs if outputs > 1 else 0
    training = TrainingSpec(epochs=50, batch_size="full", early_stopping=False, schedule="cosine", **settings)
    encoded, y = table(outputs=outputs)
    start = started(network, outputs=outputs)
    with jax.enable_x64(precision == "float64"):
        data = Examples.of(NETWORKS, INPUTS, encoded, y, outputs=outputs, precision=precision)
        begin = {key: value.astype(precision) for key, value in start.items()}
        got, _ = loop.fit(
            network, training, data, np.arange(40, dtype=np.int32), np.zeros(0, np.int32), start=begin
        )
    wanted, X = np.eye(2)[y] if classes else y[:, None].astype(np.float64), encoded.numeric.astype(np.float64)
    last = network.output_activation or "identity"
    updater, expected = Updater(Settings(**{k: v for k, v in settings.items() if k != "loss"})), start
    for step in range(50):
        slopes = gradient(expected, (*network.activations, last), X, wanted, training.loss_for(bool(classes)))
        factor = 0.5 * (1 + np.cos(np.pi * step / 50))
        expected = updater.step(expected, slopes, factor * training.learning_rate)
    for key, value in expected.items():
        assert got[key].dtype == precision
        np.testing.assert_allclose(got[key], value, rtol=0, atol=tolerance * np.abs(value).max(), err_msg=key)


def test_last_smaller_batch_is_a_plain_mean() -> None:
    """Two batches of 30 and 10 rows: the second step sees the mean over its own 10 rows."""
    network = NetworkSpec(depth=0)
    training = TrainingSpec(optimizer="sgd", learning_rate=0.1, epochs=1, batch_size=30, early_stopping=False)
    got, _ = fit(network, training)
    encoded, y = table()
    setup = _setup(network, training)
    order = setup.orders(setup.structure(), [setup.part(0)], Stream(0, setup.train))[0][:40]
    p = started(network)
    for part in (order[:30], order[30:]):
        X = encoded.numeric[part].astype(np.float64)
        delta = 2 * (X @ p["0.weight"] + p["0.bias"] - y[part, None]) / len(part)
        p = {"0.weight": p["0.weight"] - 0.1 * X.T @ delta, "0.bias": p["0.bias"] - 0.1 * delta.sum(0)}
    np.testing.assert_allclose(got["0.weight"], p["0.weight"], rtol=1e-5)


def _setup(network: NetworkSpec, training: TrainingSpec) -> Setup:
    encoded, y = table()
    data = Examples.of(NETWORKS, INPUTS, encoded, y, outputs=1)
    return Setup(network, training, data, np.arange(40, dtype=np.int32), 0)


def test_clip_changes_a_step_whose_gradient_is_longer() -> None:
    network = NetworkSpec(depth=0)
    free, held = (
        fit(
            network,
            TrainingSpec(optimizer="sgd", epochs=1, batch_size="full", early_stopping=False, gradient_clip=c),
        )
        for c in (None, 0.01)
    )
    start = started(network)
    long, short = (np.concatenate([(p[0][k] - start[k]).ravel() for k in start]) for p in (free, held))
    assert np.linalg.norm(short) == pytest.approx(0.01 * 1e-3, rel=1e-2)
    assert np.linalg.norm(long) > 10 * np.linalg.norm(short)


def test_decay_moves_weights_without_a_gradient_and_never_biases() -> None:
    network = NetworkSpec(depth=1, width=4)
    training = TrainingSpec(
        optimizer="sgd",
        learning_rate=0.1,
        weight_decay=0.5,
        epochs=1,
        batch_size="full",
        early_stopping=False,
    )
    encoded, y = table()
    data = Examples.of(
        NETWORKS, INPUTS, encoded, y, outputs=1, weights=np.zeros(40)
    )  # weights of 0: no gradient
    got, _ = loop.fit(network, training, data, np.arange(40, dtype=np.int32), np.zeros(0, np.int32))
    start = started(network)
    np.testing.assert_allclose(got["0.weight"], start["0.weight"] * (1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_array_equal(got["0.bias"], start["0.bias"])


def test_the_best_epoch_is_the_one_returned() -> None:
    network = NetworkSpec(depth=1, width=16)
    got, record = fit(network, TrainingSpec(epochs=40, learning_rate=0.3, batch_size=8), valid=10)
    encoded, y = table()
    rows = Encoded(encoded.numeric[:10], encoded.codes[:10])
    loss = ((mlp.predict(got, network, INPUTS, rows)[:, 0] - y[:10]) ** 2).mean()
    assert loss == pytest.approx(record.best_loss, rel=1e-4)
    assert record.best_loss == pytest.approx(np.nanmin(record.valid_loss))


def test_patience_ends_training_that_many_epochs_after_the_best() -> None:
    training = TrainingSpec(epochs=400, learning_rate=0.3, batch_size=8, patience=7)
    _, record = fit(NetworkSpec(depth=1, width=16), training, valid=10)
    assert len(record.train_loss) == record.best_epoch + 7


def test_divergence_is_recorded_and_leaves_finite_parameters() -> None:
    training = TrainingSpec(optimizer="sgd", learning_rate=100.0, epochs=50, batch_size=8)
    got, record = fit(NetworkSpec(depth=2, width=16), training, valid=10)
    assert record.diverged
    assert len(record.train_loss) < 50
    assert all(np.isfinite(value).all() for value in got.values())


def test_a_changed_number_compiles_nothing_new() -> None:
    network = NetworkSpec(depth=1, width=5, dropout=0.1)
    training = TrainingSpec(
        epochs=3, l2=0.01, weight_decay=0.1, gradient_clip=1.0, label_smoothing=0.1, schedule="cosine"
    )
    fit(network, training, valid=10, outputs=2)
    before = len(SHARED)
    changed = TrainingSpec(
        epochs=9,
        l2=0.02,
        weight_decay=0.2,
        gradient_clip=2.0,
        learning_rate=0.5,
        beta1=0.5,
        beta2=0.9,
        epsilon=1e-3,
        schedule="coslog4",
        warmup=0.1,
        patience=3,
        label_smoothing=0.2,
    )
    _, record = fit(NetworkSpec(depth=1, width=5, dropout=0.4), changed, valid=5, outputs=2, seed=3)
    assert len(SHARED) == before
    assert record.compile_seconds == 0


def test_dropout_keeps_the_mean_and_silences_its_share() -> None:
    import jax.numpy as jnp

    setup = _setup(NetworkSpec(depth=1, dropout=0.3), TrainingSpec())
    structure, knobs = setup.structure(), setup.knobs()
    drop = _dropout(structure, knobs, jnp.float32(1), jnp.uint32(5))
    values = np.asarray(drop(0, jnp.ones((1000, 64))))
    assert np.mean(values == 0) == pytest.approx(0.3, abs=0.01)
    assert values.mean() == pytest.approx(1, abs=0.02)
    other = np.asarray(_dropout(structure, knobs, jnp.float32(1), jnp.uint32(6))(0, jnp.ones((1000, 64))))
    assert np.mean((values == 0) & (other == 0)) == pytest.approx(0.09, abs=0.01)


def test_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    network, training = NetworkSpec(depth=1, width=8, dropout=0.2), TrainingSpec(epochs=5, batch_size=8)
    one, two, other = (fit(network, training, valid=10, seed=seed)[0] for seed in (1, 1, 2))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert not np.array_equal(one["0.weight"], other["0.weight"])


def test_plateau_lowers_the_rate_when_progress_stops() -> None:
    training = TrainingSpec(
        epochs=30, learning_rate=0.3, batch_size=8, schedule="plateau", plateau_patience=2, plateau_factor=0.1
    )
    _, record = fit(NetworkSpec(depth=1, width=16), training, valid=10)
    drops = np.flatnonzero(np.diff(record.rate) < 0)
    assert len(drops)
    np.testing.assert_allclose(record.rate[drops + 1] / record.rate[drops], 0.1, rtol=1e-4)


RULES: dict[str, Any] = {
    "enable_x64": True,
    "numpy_dtype_promotion": "strict",
    "numpy_rank_promotion": "raise",
    "debug_nans": True,
    "disable_jit": True,
    "default_matmul_precision": "bfloat16",
    "transfer_guard": "disallow",
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("batch_size", [8, "auto"])
def test_what_a_user_has_set_for_jax_neither_counts_nor_changes(name: str, batch_size: Any) -> None:
    training = TrainingSpec(epochs=2, batch_size=batch_size, probes="usual", noise=0.01)
    network = NetworkSpec(hidden_sizes=(4,), dropout=0.1)
    usual, _ = fit(network, training)
    with getattr(jax, name)(RULES[name]):
        before = dict(jax.config.values)
        own, _ = fit(network, training, programs=Programs())
        assert dict(jax.config.values) == before
    if batch_size == 8:  # what is measured is not the same twice
        assert all((own[part] == usual[part]).all() for part in usual)


def test_a_network_that_nobody_validates_has_to_give_finite_outputs() -> None:
    """The one step of its only epoch spoils it, after its loss was taken."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3)).astype(np.float32)
    y = (1e3 * X[:, 0]).astype(np.float32)
    data = Examples.of(NETWORKS, Inputs(3, 0, (), ()), Encoded(X, np.zeros((40, 0), np.int32)), y, outputs=1)
    training = TrainingSpec(optimizer="sgd", learning_rate=100, batch_size="full", epochs=1)
    rows = np.arange(40, dtype=np.int32)
    _, record = loop.fit(NetworkSpec(depth=20, width=64), training, data, rows, rows[:0])
    assert np.isfinite(record.train_loss).all()
    assert (record.best_epoch, record.diverged) == (0, True)


def test_codes_that_validate_but_never_train_are_neutral_from_the_start() -> None:
    """The loss that training saw is that of the parameters it gives back."""
    inputs, rng = Inputs(1, 0, (4,), (15,)), np.random.default_rng(0)
    codes = rng.integers(2, 4, (60, 2)).astype(np.int32)
    codes[:20] = [0, 1]  # missing and rare, in rows that only validate
    encoded, y = Encoded(rng.normal(size=(60, 1)).astype(np.float32), codes), rng.normal(size=60)
    data = Examples.of(NETWORKS, inputs, encoded, y.astype(np.float32), outputs=1)
    network, training = NetworkSpec(hidden_sizes=(8,)), TrainingSpec(epochs=2, learning_rate=1e-9)
    train, valid = np.arange(20, 60, dtype=np.int32), np.arange(20, dtype=np.int32)
    params, record = loop.fit(network, training, data, train, valid)
    said = mlp.predict(params, network, inputs, Encoded(*(part[:20] for part in encoded)))
    assert np.square(said[:, 0] - y[:20]).mean() == pytest.approx(record.best_loss, rel=1e-5)
    share = np.bincount(codes[20:, 1], minlength=15) / 40
    table = params["category.0"]
    np.testing.assert_allclose(table[1], share @ table, rtol=1e-5)


@pytest.mark.parametrize("validates", [False, True])
def test_a_network_that_is_not_kept_is_settled_only_for_rows_that_need_it(validates: bool) -> None:
    inputs, rng = Inputs(1, 0, (4,), ()), np.random.default_rng(0)
    codes = rng.integers(1, 4, (60, 1)).astype(np.int32)
    codes[0] = 0 if validates else 1  # the code that no row trains
    data = Examples.of(
        NETWORKS,
        inputs,
        Encoded(rng.normal(size=(60, 1)).astype(np.float32), codes),
        np.zeros(60, np.float32),
        outputs=1,
    )
    network, training = NetworkSpec(hidden_sizes=(8,)), TrainingSpec(epochs=2)
    train, valid = np.arange(20, 60, dtype=np.int32), np.arange(20, dtype=np.int32)
    kept, _ = loop.fit(network, training, data, train, valid)
    other, _ = loop.fit(network, training, data, train, valid, keep=False)
    assert np.array_equal(kept["0.weight"][1], other["0.weight"][1]) == validates
    for name, value in kept.items():  # row 1 of the first weights is the first code's
        held = np.arange(len(value)) != (1 if name == "0.weight" else -1)
        np.testing.assert_array_equal(value[held], other[name][held])


def test_steps_are_counted_before_and_after_a_batch_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory runs out in the second of two calls, after 32 epochs."""
    calls = iter([False, True, False])

    def check(needed: int, free: int) -> None:
        if next(calls):
            raise MemoryError(f"{needed} bytes are needed")

    monkeypatch.setattr(memory, "check", check)
    _, record = fit(NetworkSpec(depth=0), TrainingSpec(epochs=40, batch_size=8, patience=None), valid=8)
    assert record.batch_size == 4
    assert "from epoch 33 on it is 4" in record.notes[0]
    assert record.steps == 32 * (32 / 8) + 8 * (32 / 4)


def test_a_deadline_that_holds_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropout has its own numbers in each epoch, wherever a look at the clock cuts a call in two."""
    network, training = NetworkSpec(hidden_sizes=(8,), dropout=0.3), TrainingSpec(epochs=40, batch_size=8)
    whole, record = fit(network, training, valid=8)
    monkeypatch.setattr(turns, "_NEXT_LOOK", 0.0)
    parts, cut = fit(network, training, valid=8, until=math.inf)
    assert cut.steps == record.steps
    np.testing.assert_array_equal(cut.train_loss, record.train_loss)
    for name, value in whole.items():
        np.testing.assert_array_equal(parts[name], value)


def test_a_training_ends_where_nobody_waits_for_it_any_more() -> None:
    with pytest.raises(Late):
        fit(NetworkSpec(hidden_sizes=(8,)), TrainingSpec(epochs=5), until=time.monotonic())


def test_where_memory_is_short_validation_and_probes_take_fewer_rows_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows of pictures are large, and a program takes what its largest part does."""
    needs: list[int] = []

    def check(needed: int, free: int) -> None:
        needs.append(needed)
        if len(needs) < 4:
            raise MemoryError(f"{needed} bytes are needed")

    network = NetworkSpec(hidden_sizes=(2048,))
    training = TrainingSpec(epochs=2, batch_size=32, probes="usual")
    wanted, usual = fit(network, replace(training, batch_size=4), valid=8)
    monkeypatch.setattr(memory, "check", check)
    params, record = fit(network, training, valid=8)
    assert record.batch_size == 4 and needs[3] < needs[0]
    np.testing.assert_allclose(record.valid_loss, usual.valid_loss, rtol=1e-5)
    np.testing.assert_allclose(params["1.weight"], wanted["1.weight"], rtol=1e-3, atol=1e-5)
