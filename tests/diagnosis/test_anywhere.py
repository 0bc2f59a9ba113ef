"""`honed.diagnosis` on training code of one's own: plain JAX functions with known faults."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import honed
from honed.diagnosis import anywhere

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 5)).astype(np.float32)
Y = np.sin(X[:, 0]) + X[:, 1]


def network(sizes: list[int], scale: float = 2.0) -> list[dict[str, np.ndarray]]:
    pairs = itertools.pairwise(sizes)
    return [
        {"w": (RNG.normal(size=(a, b)) * np.sqrt(scale / a)).astype(np.float32), "b": np.zeros(b, np.float32)}
        for a, b in pairs
    ]


def loss_with(activation: Any) -> Any:
    def loss(params: Any, rows: Any) -> Any:
        hidden, targets = rows
        for layer in params[:-1]:
            hidden = activation(hidden @ layer["w"] + layer["b"])
        return ((hidden @ params[-1]["w"] + params[-1]["b"])[:, 0] - targets) ** 2 @ jnp.full(
            len(targets), 1 / len(targets)
        )

    return loss


def ids(*args: Any, **settings: Any) -> list[str]:
    return [finding.id for finding in honed.diagnose(*args, **settings)]


def test_a_sound_network_is_not_accused() -> None:
    found = honed.diagnose(loss_with(jax.nn.relu), network([5, 32, 32, 1]), (X, Y), epochs=60)
    assert [finding for finding in found if finding.severity == "error"] == []


def test_twelve_sigmoid_layers_vanish_with_their_names() -> None:
    found = honed.diagnose(loss_with(jax.nn.sigmoid), network([5, *[32] * 12, 1], scale=1.0), (X, Y))
    (finding,) = [f for f in found if f.id == "vanishing-gradient"]
    assert finding.layers[0] == 1
    assert "0.w" in finding.what


def test_rates_are_judged() -> None:
    params = network([5, 32, 32, 1])
    assert "rate-too-high" in ids(loss_with(jax.nn.relu), params, (X, Y), learning_rate=1.0)
    assert "rate-too-low" in ids(loss_with(jax.nn.relu), params, (X, Y), learning_rate=1e-7)


def test_relus_pushed_below_zero_are_dead() -> None:
    params = network([5, 32, 32, 1])
    params[0]["b"] = np.full(32, -50, np.float32)
    assert "dead-units" in ids(loss_with(jax.nn.relu), params, (X, Y))
    far = np.where(np.arange(len(X))[:, None] == 0, 100 * X, X)  # one row wakes them
    assert "dead-units" in ids(loss_with(jax.nn.relu), params, (far, Y))


def test_a_loss_that_overflows_is_said_to_have() -> None:
    assert "not-finite" in ids(loss_with(jnp.exp), network([5, 32, 32, 1], scale=100.0), (X, Y))


def test_the_parameters_stay_as_they_are() -> None:
    params = network([5, 8, 1])
    before = jax.tree.map(np.copy, params)
    honed.diagnose(loss_with(jnp.tanh), params, (X, Y), epochs=3)
    jax.tree.map(np.testing.assert_array_equal, params, before)


def test_hidden_values_are_those_of_the_function_itself() -> None:
    params, rows = network([5, 8, 1]), (jnp.asarray(X[:256]), jnp.asarray(Y[:256]))
    for activation, kind in ((jnp.tanh, "tanh"), (jax.nn.relu, "relu"), (jax.nn.sigmoid, "sigmoid")):
        ((name, values),) = anywhere._hidden(loss_with(activation), params, rows)
        assert name == kind
        np.testing.assert_allclose(values, activation(X[:256] @ params[0]["w"]), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "data", "message"),
    [
        (lambda params, rows: rows[0] @ params[0]["w"], (X, Y), "one number"),
        (loss_with(jnp.tanh), (X, Y[:10]), "10, 400 rows"),
        (loss_with(jnp.tanh), (X[:1], Y[:1]), "1 row, too few"),
        (loss_with(jnp.tanh), (np.where(X[3, 2] == X, np.nan, X), Y), r"hold nan in 0 at \[3, 2\]"),
        (3, (X, Y), "function of"),
    ],
)
def test_wrong_input_is_one_clear_message(loss: Any, data: Any, message: str) -> None:
    with pytest.raises(honed.InputError, match=message):
        honed.diagnose(loss, network([5, 8, 1]), data)


@pytest.mark.parametrize(
    ("params", "settings", "message"),
    [
        ({}, {}, "no arrays"),
        ({"w": np.ones((5, 1), int)}, {}, "no gradient"),
        ({"w": np.full((5, 1), np.inf)}, {}, "parameters hold inf in w"),
        ({"w": np.ones((5, 1))}, {"batch_size": 0}, "above 0"),
        ({"w": np.ones((5, 1))}, {"batch_size": None}, "batch_size is None"),
        ({"w": np.ones((5, 1))}, {"epochs": 1.5}, "whole number"),
        ({"w": np.ones((5, 1))}, {"learning_rate": "auto"}, "a number"),
        ({"w": np.ones((5, 1))}, {"optimizer": "sgd"}, "Optax"),
    ],
)
def test_wrong_settings_are_one_clear_message(params: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(honed.InputError, match=message):
        honed.diagnose(lambda p, rows: (rows[0] @ p["w"]).mean(), params, (X, Y), **settings)


def test_numbers_of_numpy_are_numbers() -> None:
    settings = {"batch_size": np.int64(32), "epochs": np.int32(2), "learning_rate": np.float32(1e-3)}
    honed.diagnose(loss_with(jnp.tanh), network([5, 8, 1]), (X, Y), **settings)


def test_a_linear_model_may_start_at_zero() -> None:
    def loss(params: Any, rows: Any) -> Any:
        return ((rows[0] @ params["w"] - rows[1]) ** 2).mean()

    assert "start-scale" not in ids(loss, {"w": np.zeros(5, np.float32)}, (X, Y))


@pytest.mark.parametrize("activation", [jax.nn.silu, jax.nn.gelu, jax.nn.mish, jax.nn.softplus])
def test_what_is_part_of_another_activation_is_no_hidden_layer(activation: Any) -> None:
    assert anywhere._hidden(loss_with(activation), network([5, 8, 1]), (X[:256], Y[:256])) == []


def test_an_output_through_a_sigmoid_is_no_hidden_layer() -> None:
    def loss(params: Any, rows: Any) -> Any:
        inputs, targets = rows
        hidden = jax.nn.relu(jax.nn.tanh(inputs @ params["in"]) @ params["middle"])
        said = jax.nn.sigmoid(2 * hidden.reshape(len(hidden), -1) @ params["out"])
        return jnp.maximum(0, (said - targets[:, None]) ** 2).mean()

    params = {"in": np.ones((5, 4)), "middle": np.ones((4, 3)), "out": np.ones((3, 1))}
    found = anywhere._hidden(loss, params, (X[:256], Y[:256]))
    assert [(kind, values.shape) for kind, values in found] == [("tanh", (256, 4)), ("relu", (256, 3))]


def test_a_linear_model_is_one_layer() -> None:
    def loss(params: Any, rows: Any) -> Any:
        return ((rows[0] @ params["w"] + params["b"] - rows[1]) ** 2).mean()

    params = {"w": np.full(5, -0.1, np.float32), "b": np.zeros((), np.float32)}
    found = {f.id: f for f in honed.diagnose(loss, params, (X, Y), learning_rate=1e-7)}
    assert found["rate-too-low"].advice == {
        "learning_rate": pytest.approx(1e-4)
    }  # steps of 1e-6, where 1e-3 is usual
