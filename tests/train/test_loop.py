"""The compiled program against a plain float64 NumPy version of the same formulas, and its promises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import NetworkSpec
from honed.train import loop, program
from honed.train.spec import TrainingSpec
from honed.train.step import Structure, _dropout

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
    data = loop.examples(INPUTS, encoded, y, outputs=outputs)
    everything = np.arange(rows, dtype=np.int32)
    return loop.fit(network, training, data, everything[valid:], everything[:valid], **more)


def started(network: NetworkSpec, rows: int = 40, outputs: int = 1, seed: int = 0) -> dict[str, np.ndarray]:
    encoded, _ = table(rows, outputs)
    return {
        k: v.astype(np.float64) for k, v in mlp.initialize(network, INPUTS, outputs, encoded, seed).items()
    }


SLOPES = {
    "relu": lambda z, a: (z > 0).astype(float),
    "tanh": lambda z, a: 1 - a**2,
    "sigmoid": lambda z, a: a * (1 - a),
}
CURVES = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}


def naive(p: dict[str, np.ndarray], X: np.ndarray, y: np.ndarray, t: Any, activation: str, steps: int):
    """One hidden layer, full batch, squared error: the textbook's backpropagation and update rules."""
    m = {k: np.zeros_like(v) for k, v in p.items()}
    v = {k: np.zeros_like(w) for k, w in p.items()}
    for step in range(1, steps + 1):
        z = X @ p["0.weight"] + p["0.bias"]
        a = CURVES[activation](z)
        out = a @ p["1.weight"] + p["1.bias"]
        delta = 2 * (out - y[:, None]) / len(y)
        back = delta @ p["1.weight"].T * SLOPES[activation](z, a)
        g = {"1.weight": a.T @ delta, "1.bias": delta.sum(0), "0.weight": X.T @ back, "0.bias": back.sum(0)}
        for k in p:
            if k.endswith("weight"):
                g[k] = g[k] + 2 * t.l2 * p[k]
            size = 1.0
            if t.optimizer == "sgd":
                m[k] = t.momentum * m[k] + g[k]
                direction = g[k] + t.momentum * m[k] if t.nesterov else m[k]
            elif t.optimizer == "rmsprop":
                v[k] = t.rho * v[k] + (1 - t.rho) * g[k] ** 2
                size = 1 / (np.sqrt(v[k]) + t.epsilon)
                direction = g[k] * size
            else:
                m[k] = t.beta1 * m[k] + (1 - t.beta1) * g[k]
                v[k] = t.beta2 * v[k] + (1 - t.beta2) * g[k] ** 2
                size = 1 / (np.sqrt(v[k] / (1 - t.beta2**step)) + t.epsilon)
                direction = m[k] / (1 - t.beta1**step) * size
            shrink = 1 - t.learning_rate * t.decay if k.endswith("weight") else 1.0
            p[k] = p[k] * shrink - t.learning_rate * direction
            if k.endswith("weight"):
                p[k] = np.sign(p[k]) * np.maximum(np.abs(p[k]) - t.learning_rate * t.l1 * size, 0)
    return p


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize(
    "knobs",
    [
        {"optimizer": "sgd", "learning_rate": 0.02},
        {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.9},
        {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.9, "nesterov": True},
        {"optimizer": "rmsprop"},
        {"optimizer": "adam"},
        {"optimizer": "adam", "l1": 0.01, "l2": 0.02, "weight_decay": 0.1},
    ],
    ids=["sgd", "momentum", "nesterov", "rmsprop", "adam", "penalties"],
)
def test_twenty_steps_agree_with_the_formulas(activation: str, knobs: dict[str, Any]) -> None:
    network = NetworkSpec(depth=1, width=6, activation=activation)
    training = TrainingSpec(epochs=20, batch_size=40, early_stopping=False, **knobs)
    got, _ = fit(network, training)
    encoded, y = table()
    expected = naive(started(network), encoded.numeric.astype(np.float64), y, training, activation, 20)
    for name, value in expected.items():
        np.testing.assert_allclose(got[name], value, atol=1e-5 * max(1.0, np.abs(value).max()), err_msg=name)


def test_last_smaller_batch_is_a_plain_mean() -> None:
    """Two batches of 30 and 10 rows: the second step sees the mean over its own 10 rows."""
    network = NetworkSpec(depth=0)
    training = TrainingSpec(optimizer="sgd", learning_rate=0.1, epochs=1, batch_size=30, early_stopping=False)
    got, _ = fit(network, training)
    encoded, y = table()
    order = loop._orders(_structure(network, training), np.arange(40, dtype=np.int32), 0, 0, 1)[0][:40]
    p = started(network)
    for part in (order[:30], order[30:]):
        X = encoded.numeric[part].astype(np.float64)
        delta = 2 * (X @ p["0.weight"] + p["0.bias"] - y[part, None]) / len(part)
        p = {"0.weight": p["0.weight"] - 0.1 * X.T @ delta, "0.bias": p["0.bias"] - 0.1 * delta.sum(0)}
    np.testing.assert_allclose(got["0.weight"], p["0.weight"], rtol=1e-5)


def _structure(network: NetworkSpec, training: TrainingSpec) -> Structure:
    encoded, y = table()
    return loop.structure_of(network, training, loop.examples(INPUTS, encoded, y, outputs=1), 40)


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
    data = loop.examples(INPUTS, encoded, y, outputs=1, weights=np.zeros(40))  # weights of 0: no gradient
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
    before = len(program._PROGRAMS)
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
    assert len(program._PROGRAMS) == before
    assert record.compile_seconds == 0


def test_dropout_keeps_the_mean_and_silences_its_share() -> None:
    import jax.numpy as jnp

    structure = _structure(NetworkSpec(depth=1, dropout=0.3), TrainingSpec())
    drop = _dropout(structure, {"dropout": [0.3]}, jnp.float32(1), jnp.uint32(5))
    values = np.asarray(drop(0, jnp.ones((1000, 64))))
    assert np.mean(values == 0) == pytest.approx(0.3, abs=0.01)
    assert values.mean() == pytest.approx(1, abs=0.02)
    other = np.asarray(
        _dropout(structure, {"dropout": [0.3]}, jnp.float32(1), jnp.uint32(6))(0, jnp.ones((1000, 64)))
    )
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
