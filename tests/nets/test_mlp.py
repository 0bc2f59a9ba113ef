"""The network: the same function for NumPy and JAX, and starting values with the promised spread."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import ACTIVATION_NAMES, NetworkSpec

INPUTS = Inputs(2, 1, (3, 4), (20,))


def rows(count: int = 700) -> Encoded:
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, size, count) for size in (*INPUTS.onehot, *INPUTS.embedded)]
    return Encoded(rng.normal(size=(count, 3)).astype(np.float32), np.stack(codes, axis=1).astype(np.int32))


@pytest.mark.parametrize("activation", ACTIVATION_NAMES)
@pytest.mark.parametrize("embedding", [None, "periodic"])
def test_numpy_and_jax_agree(activation: str, embedding: str | None) -> None:
    spec = NetworkSpec(
        depth=2,
        width=16,
        activation=activation,
        numeric_embedding=embedding,
        parametric_activation=True,
        parametrization="ntk",
        init="data",
        feature_scale=True,
    )
    data = rows()
    params = mlp.initialize(spec, INPUTS, 3, data, 0)
    on_device: Any = [jnp.asarray(part) for part in data]
    there = mlp.apply({k: jnp.asarray(v) for k, v in params.items()}, spec, INPUTS, Encoded(*on_device), jnp)
    here = mlp.predict(params, spec, INPUTS, data)
    np.testing.assert_allclose(here, np.asarray(there), atol=2e-4)


def test_fast_cosine_is_the_cosine() -> None:
    """One wave of frequency 1, which alone reaches the output."""
    turns = np.linspace(-3, 3, 10_001).astype(np.float32)
    spec = NetworkSpec(depth=0, numeric_embedding="periodic", embedding_frequencies=1, embedding_size=2)
    own = {"frequency": [[1.0]], "phase": [[0.0]], "mix": [[[1.0]]], "offset": [[0.0]]}
    params = {f"numeric.{name}": jnp.asarray(value) for name, value in own.items()}
    params |= {"0.weight": jnp.asarray([[0.0], [1.0]]), "0.bias": jnp.zeros(1)}
    data = Encoded(jnp.asarray(turns[:, None]), jnp.zeros((len(turns), 0), jnp.int32))  # pyright: ignore[reportArgumentType]
    found = np.asarray(mlp.apply(params, spec, Inputs(1, 0, (), ()), data, jnp))
    np.testing.assert_allclose(found[:, 0], np.cos(2 * np.pi * turns.astype(np.float64)), atol=5e-5)


def test_one_hot_picks_a_row_of_the_first_weights() -> None:
    spec = NetworkSpec(depth=0)
    params = mlp.initialize(
        spec,
        Inputs(0, 0, (3, 2), ()),
        1,
        Encoded(np.zeros((2, 0), np.float32), np.zeros((2, 2), np.int32)),
        0,
    )
    codes = np.array([[0, 0], [2, 1]], np.int32)
    out = mlp.predict(params, spec, Inputs(0, 0, (3, 2), ()), Encoded(np.zeros((2, 0), np.float32), codes))
    w = params["0.weight"][:, 0]
    np.testing.assert_allclose(out[:, 0], [w[0] + w[3], w[2] + w[4]], rtol=1e-6)


@pytest.mark.parametrize(("rule", "variance"), [("he", 2 / 50), ("lecun", 1 / 50), ("glorot", 2 / 450)])
def test_starting_weights_have_the_rules_variance(rule: str, variance: float) -> None:
    inputs = Inputs(50, 0, (), ())
    sample = Encoded(np.zeros((4, 50), np.float32), np.zeros((4, 0), np.int32))
    weight = mlp.initialize(NetworkSpec(depth=1, width=400, init=rule), inputs, 1, sample, 0)["0.weight"]
    assert weight.var() == pytest.approx(variance, rel=0.05)


def test_data_driven_start_gives_every_unit_spread_one() -> None:
    spec = NetworkSpec(depth=1, width=64, init="data", parametrization="ntk")
    data = rows(500)
    params = mlp.initialize(spec, INPUTS, 1, data, 0)
    seen = mlp.features(params, spec, INPUTS, data, np)
    linear = seen @ params["0.weight"] / np.sqrt(seen.shape[1])
    np.testing.assert_allclose(linear.std(axis=0), 1, rtol=1e-3)


def test_a_rows_outputs_do_not_depend_on_its_neighbours() -> None:
    spec = NetworkSpec(depth=2, width=32)
    data = rows(1300)
    params = mlp.initialize(spec, INPUTS, 2, data, 0)
    whole = mlp.predict(params, spec, INPUTS, data)
    for some in (slice(700, 701), slice(3, 5), slice(500, 517), slice(0, 513)):
        found = mlp.predict(params, spec, INPUTS, Encoded(*(part[some] for part in data)))
        np.testing.assert_array_equal(whole[some], found)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
def test_numpy_and_jax_agree_on_normalized_layers_and_on_ways_around_them(
    normalization: str | None, residual: bool
) -> None:
    spec = NetworkSpec(
        hidden_sizes=(16, 16, 9),
        activation=("tanh", "relu", "mish"),
        output_activation="sigmoid",
        normalization=normalization,
        residual=residual,
    )
    data = rows()
    params = mlp.initialize(spec, INPUTS, 3, data, 0)
    on_device: Any = [jnp.asarray(part) for part in data]
    there = mlp.apply({k: jnp.asarray(v) for k, v in params.items()}, spec, INPUTS, Encoded(*on_device), jnp)
    here = mlp.predict(params, spec, INPUTS, data)
    np.testing.assert_allclose(here, np.asarray(there), atol=2e-5)
    assert here.std(axis=0).min() > 1e-3


def test_hidden_layers_add_their_input_by_a_projection_where_widths_differ() -> None:
    spec = NetworkSpec(hidden_sizes=(6, 6, 4), activation=("tanh", "sigmoid", "relu"), residual=True)
    data = rows(50)
    p = mlp.initialize(spec, INPUTS, 2, data, 0)
    assert [name for name in p if name.endswith("skip")] == ["2.skip"]
    x = mlp.features(p, spec, INPUTS, data, np)
    x = np.tanh(x @ p["0.weight"] + p["0.bias"])
    x = x + 1 / (1 + np.exp(-(x @ p["1.weight"] + p["1.bias"])))
    x = x @ p["2.skip"] + np.maximum(x @ p["2.weight"] + p["2.bias"], 0)
    np.testing.assert_allclose(mlp.predict(p, spec, INPUTS, data), x @ p["3.weight"] + p["3.bias"], atol=1e-5)


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_normalized_sums_have_mean_zero_and_spread_one_before_gain_and_bias(normalization: str) -> None:
    spec = NetworkSpec(hidden_sizes=(12,), activation="relu", normalization=normalization)
    data = rows(300)
    p = mlp.initialize(spec, INPUTS, 1, data, 0)
    p |= {"0.gain": np.linspace(0.5, 2, 12).astype(np.float32), "0.bias": np.ones(12, np.float32)}
    sums = mlp.features(p, spec, INPUTS, data, np) @ p["0.weight"]
    axis = 0 if normalization == "batch" else 1
    sums = (sums - sums.mean(axis=axis, keepdims=True)) / np.sqrt(
        sums.var(axis=axis, keepdims=True) + 1e-5  # as in PyTorch
    )
    expected = np.maximum(sums * p["0.gain"] + p["0.bias"], 0) @ p["1.weight"] + p["1.bias"]
    np.testing.assert_allclose(mlp.predict(p, spec, INPUTS, data), expected, atol=1e-4)


def test_the_output_activation_acts_on_the_outputs() -> None:
    spec, data = NetworkSpec(depth=1, width=8), rows(20)
    p = mlp.initialize(spec, INPUTS, 2, data, 0)
    plain = mlp.predict(p, spec, INPUTS, data)
    found = mlp.predict(p, replace(spec, output_activation="tanh"), INPUTS, data)
    np.testing.assert_allclose(found, np.tanh(plain), atol=1e-6)


@pytest.mark.parametrize(
    ("rates", "rate"),
    [
        ({"input_dropout": 0.5}, 0.5),
        ({"dropout": (0.0, 0.4)}, 0.4),
        ({"dropout": (0.3, 0.0)}, 0.3),
        ({"dropout": 0.0}, 0.0),
    ],
)
def test_a_layer_is_thinned_by_its_own_rate_the_same_for_all_rows(rates: dict[str, Any], rate: float) -> None:
    """Layers that hand on what they get, so that an output is 0 where a unit before it was left out."""
    spec = NetworkSpec(hidden_sizes=(500, 500), activation="relu", **rates)
    params = {f"{layer}.weight": np.eye(500, dtype=np.float32) for layer in range(3)}
    params |= {f"{layer}.bias": np.zeros(500, np.float32) for layer in range(3)}
    data = Encoded(np.ones((3, 500), np.float32), np.zeros((3, 0), np.int32))
    one, other = (mlp.predict(params, spec, Inputs(500, 0, (), ()), data, thinning=seed) for seed in (7, 8))
    assert (one == one[0]).all()
    assert (one == 0).mean() == pytest.approx(rate, abs=0.06)
    assert one.max() == pytest.approx(1 / (1 - rate), rel=1e-5)
    assert (one != other).any() == bool(rate)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
@pytest.mark.parametrize("embedding", [None, "periodic"])
@pytest.mark.parametrize("sizes", [(), (6,), (16, 12, 12)])
def test_shapes_are_those_of_starting_parameters(
    residual: bool, normalization: str | None, embedding: str | None, sizes: tuple[int, ...]
) -> None:
    for extra in (False, True):
        spec = NetworkSpec(
            hidden_sizes=sizes,
            residual=residual,
            normalization=normalization,
            numeric_embedding=embedding,
            feature_scale=extra,
            parametric_activation=extra,
        )
        for inputs in (INPUTS, Inputs(0, 0, (3,), ()), Inputs(1, 0, (), (20, 30))):
            counts = [*inputs.onehot, *inputs.embedded]
            rows = Encoded(
                np.zeros((4, inputs.continuous + inputs.flags), np.float32),
                np.zeros((4, len(counts)), np.int32),
            )
            made = mlp.initialize(spec, inputs, 3, rows, 0)
            assert mlp.shapes(spec, inputs, 3) == {name: value.shape for name, value in made.items()}


@pytest.mark.parametrize("more", [{}, {"feature_scale": True}, {"parametrization": "ntk"}])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_code_that_no_row_holds_says_what_the_column_says_on_average(
    column: int, more: dict[str, Any]
) -> None:
    """Of a linear network exactly: the mean of what it says of the training rows' codes, all else alike."""
    spec, data = NetworkSpec(depth=0, **more), rows()
    codes = data.codes.copy()
    codes[:, column] = np.where(codes[:, column] == 1, 2, codes[:, column])
    params = mlp.initialize(spec, INPUTS, 2, data, 0)
    if "scale" in params:
        params["scale"] = np.random.default_rng(1).uniform(0.5, 2, len(params["scale"])).astype(np.float32)
    held = mlp.Held.of(INPUTS, Encoded(data.numeric, codes), np.arange(700))
    calm = mlp.neutral(params, spec, INPUTS, held)
    one = np.repeat(codes[:1], 700, axis=0)
    one[:, column] = codes[:, column]
    numeric = np.repeat(data.numeric[:1], 700, axis=0)
    others = mlp.predict(params, spec, INPUTS, Encoded(numeric, one))
    unheld = codes[:1].copy()
    unheld[0, column] = 1
    said = mlp.predict(calm, spec, INPUTS, Encoded(data.numeric[:1], unheld))
    np.testing.assert_allclose(said[0], others.mean(axis=0), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(mlp.predict(calm, spec, INPUTS, Encoded(numeric, one)), others, atol=1e-6)


@pytest.mark.parametrize("more", [{}, {"feature_scale": True}])
@pytest.mark.parametrize("embedded", [False, True])
def test_an_unheld_code_answers_as_the_column_does_on_average(embedded: bool, more: dict[str, Any]) -> None:
    """Each code switches on a unit of its own and is answered with -2; the mean of their weights switches on none."""
    spec = NetworkSpec(hidden_sizes=(4,), activation="relu", **more)
    inputs = Inputs(1, 0, (), (6,)) if embedded else Inputs(1, 0, (6,), ())
    codes = np.arange(40, dtype=np.int32)[:, None] % 4 + 2
    data = Encoded(np.zeros((40, 1), np.float32), codes)
    params = {name: np.zeros_like(value) for name, value in mlp.initialize(spec, inputs, 1, data, 0).items()}
    table = params["category.0"] if embedded else params["0.weight"][1:]
    table[2:, :4] = np.eye(4)
    if embedded:
        params["0.weight"][1:5] = np.eye(4)
    if "scale" in params:
        params["scale"][:] = 1.0 if embedded else np.array([1, 4, 2, 1, 1, 1, 1])
    params["0.bias"][:], params["1.weight"][:] = -0.5, -4.0
    held = mlp.Held.of(inputs, data, np.arange(40))

    def answers(found: mlp.Parameters, code: int) -> float:
        return float(mlp.apply(found, spec, inputs, Encoded(data.numeric[:1], np.array([[code]])))[0, 0])

    assert answers(mlp.neutral(params, spec, inputs, held), 0) == 0
    found = mlp.typical(params, spec, inputs, held, data)
    assert [answers(found, code) for code in range(6)] == [-2.0] * 6


def stand_ins(
    params: mlp.Parameters, spec: NetworkSpec, inputs: Inputs, held: mlp.Held, data: Encoded
) -> dict[int, int]:
    """The code that stands in for the unheld ones of each column, by asking the whole network of every code."""
    calm = mlp.neutral(params, spec, inputs, held)
    answers = mlp.apply(calm, spec, inputs, data)
    usual, found = answers.mean(axis=0), {}
    for column, share in enumerate(held.codes):
        away = []
        for code in range(len(share)):
            codes = data.codes.copy()
            codes[:, column] = code
            said = mlp.apply(calm, spec, inputs, Encoded(data.numeric, codes)).mean(axis=0)
            away.append(np.abs(said - usual).sum())
        nearest = min(np.argsort(-share, kind="stable")[:8], key=lambda code: away[code])
        of_mean = away[int(np.argmin(share))]
        if of_mean > 0.01 * np.abs(answers - usual).mean(axis=0).sum() and of_mean > 2 * away[nearest]:
            found[column] = int(nearest)
    return found


@pytest.mark.parametrize(
    "more",
    [
        {"feature_scale": True, "activation": "mish"},
        {"parametrization": "ntk", "numeric_embedding": "periodic"},
        {"residual": True, "normalization": "layer"},
        {"normalization": "batch", "parametric_activation": True},
        {"hidden_sizes": ()},
    ],
)
def test_the_whole_network_would_choose_the_same_codes_to_stand_in(more: dict[str, Any]) -> None:
    rng = np.random.default_rng(3)
    inputs = Inputs(2, 1, (6, 9, 12, 7), (30, 20))
    codes = np.stack(
        [rng.integers(2, size, 200) for size in (*inputs.onehot, *inputs.embedded)], axis=1, dtype=np.int32
    )
    data = Encoded(rng.normal(size=(200, 3)).astype(np.float32), codes)
    spec = NetworkSpec(**{"hidden_sizes": (16, 12), "activation": "relu"} | more)
    held = mlp.Held.of(inputs, data, np.arange(200))
    chosen = 0
    for seed in range(4):
        params = mlp.initialize(spec, inputs, 2, data, seed)
        if "scale" in params:
            params["scale"] = rng.uniform(0.5, 2, len(params["scale"])).astype(np.float32)
        wanted, found = (
            stand_ins(params, spec, inputs, held, data),
            mlp.typical(params, spec, inputs, held, data),
        )
        calm = mlp.neutral(params, spec, inputs, held)
        place = mlp.feature_count(spec, inputs._replace(onehot=(), embedded=()))
        for column, size in enumerate((*inputs.onehot, *inputs.embedded)):
            few = column < len(inputs.onehot)
            name, first = ("0.weight", place) if few else (f"category.{column - len(inputs.onehot)}", 0)
            place += size if few else 0
            own = found[name][first : first + size]
            if few and "scale" in params:
                own = own * params["scale"][first : first + size, None]
            if column in wanted:
                np.testing.assert_allclose(own[:2], own[[wanted[column]] * 2], rtol=1e-5)
            else:
                np.testing.assert_array_equal(
                    found[name][first : first + size], calm[name][first : first + size]
                )
        chosen += len(wanted)
    assert chosen > (0 if spec.layers else -1)


def test_an_indicator_that_is_never_on_has_no_weight_and_held_rows_change_nothing() -> None:
    spec, data = NetworkSpec(hidden_sizes=(5,), numeric_embedding="periodic"), rows()
    params = mlp.initialize(spec, INPUTS, 2, data, 0)
    everything = np.arange(700)
    same = mlp.neutral(params, spec, INPUTS, mlp.Held.of(INPUTS, data, everything))
    for name, value in params.items():
        np.testing.assert_array_equal(same[name], value)
    numeric = data.numeric.copy()
    numeric[:, 2] = 0
    held = mlp.Held.of(INPUTS, Encoded(numeric, data.codes), everything)
    assert held.flags.tolist() == [0]
    assert not held.covers(mlp.Held.of(INPUTS, data, everything))
    calm = mlp.neutral(params, spec, INPUTS, held)
    np.testing.assert_allclose(
        mlp.predict(calm, spec, INPUTS, data),
        mlp.predict(params, spec, INPUTS, Encoded(numeric, data.codes)),
        atol=1e-6,
    )


def test_of_very_many_rows_what_they_hold_is_told_by_rows_equally_far_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = np.arange(90, dtype=np.int32)[:, None] % 3
    rows = Encoded(np.zeros((90, 0), np.float32), codes)
    inputs = Inputs(0, 0, (4,), ())
    whole = mlp.Held.of(inputs, rows, np.arange(90))
    monkeypatch.setattr(mlp, "_HELD_ROWS", 7)
    np.testing.assert_array_equal(mlp.Held.of(inputs, rows, np.arange(90)).codes[0], whole.codes[0])
    monkeypatch.setattr(mlp, "_MOST_HELD", 50)
    np.testing.assert_allclose(mlp.Held.of(inputs, rows, np.arange(90)).codes[0], [1 / 3, 1 / 3, 1 / 3, 0])
    assert not mlp.Held.of(inputs, rows, np.zeros(0, np.int32)).codes[0].any()


def test_weights_that_nobody_writes_to_are_made_exact_once_and_forgotten_with_them() -> None:
    weight = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    assert mlp.Exact.of(weight) is not mlp.Exact.of(weight)
    weight.flags.writeable = False
    kept, key = mlp.Exact.of(weight), id(weight)
    assert mlp.Exact.of(weight) is kept is mlp._KEPT[key]
    del weight
    gc.collect()
    assert key not in mlp._KEPT
