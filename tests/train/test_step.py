"""A step against the textbook's, in `tests/references/backpropagation.py`: every optimizer, activation and penalty."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backpropagation import Settings, train

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS, TableNetworks
from honed.heads import Head
from honed.nets import mlp
from honed.nets.spec import ACTIVATION_NAMES, NetworkSpec
from honed.train.examples import Examples
from honed.train.packing import Packing
from honed.train.programs import COMPILER_OPTIONS, SHARED
from honed.train.setup import Setup
from honed.train.spec import OPTIMIZER_NAMES, TrainingSpec
from honed.train.step import Step, Weight

ROWS, STEPS = 40, 50
INPUTS = Inputs(5, 0, (), ())
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}

_SGD = {"learning_rate": 0.05}
_ADAPTIVE = {"learning_rate": 0.01, "epsilon": 0.01}  # an epsilon large enough to be seen where it stands
RULES: dict[str, dict[str, Any]] = {
    "sgd": _SGD,
    "momentum": {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.8},
    "nesterov": {"optimizer": "sgd", "learning_rate": 0.02, "momentum": 0.8, "nesterov": True},
    "rmsprop": {"learning_rate": 0.002, "rho": 0.8, "epsilon": 0.03},
    "adam": _ADAPTIVE | {"beta1": 0.8, "beta2": 0.95},
    "nadam": _ADAPTIVE | {"beta1": 0.8, "beta2": 0.95},
    "adamw": _ADAPTIVE,
    "lion": {"learning_rate": 0.003, "beta2": 0.99},
}
FREE: dict[str, Any] = {"gradient_clip": 1e6}  # no clip at all
PENALTIES: dict[str, dict[str, Any]] = {
    "none": FREE,
    "l1": FREE | {"l1": 0.003},
    "l2": FREE | {"l2": 0.01},
    "decay": FREE | {"weight_decay": 0.1},
    "all": {"l1": 0.002, "l2": 0.005, "weight_decay": 0.05, "gradient_clip": 0.1},
}
CASES = list(itertools.product(PENALTIES, ACTIVATION_NAMES))


def test_every_optimizer_is_compared() -> None:
    assert set(OPTIMIZER_NAMES) == {settings.get("optimizer", rule) for rule, settings in RULES.items()}


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("rule", RULES)
def test_fifty_steps_are_the_textbooks_with_every_activation_and_penalty(rule: str, precision: str) -> None:
    settings: dict[str, dict[str, Any]] = {
        name: {"optimizer": rule} | RULES[rule] | penalty for name, penalty in PENALTIES.items()
    }
    with jax.enable_x64(precision == "float64"):
        trainings = {name: TrainingSpec(loss="squared", **own) for name, own in settings.items()}
        starts = {activation: started(activation, precision) for activation in ACTIVATION_NAMES}
        ends = fifty_steps(starts, precision, trainings)
    for penalty, activation in CASES:
        start, end = starts[activation], ends[penalty, activation]
        own: dict[str, Any] = dict(settings[penalty])
        if rule == "adamw":
            own = {"weight_decay": 0.01, **own}
        expected = train(
            {name: value.astype(np.float64) for name, value in start.items()},
            *table(),
            Settings(**own),
            activations=(activation,) * 3,
            steps=STEPS,
        )
        for name, value in expected.items():
            place, scale = f"{penalty}, {activation}, {name}", np.abs(value).max()
            assert np.abs(value - start[name]).max() > 3e-4 * scale, f"{place} has hardly moved"
            np.testing.assert_allclose(
                end[name], value, rtol=0, atol=TOLERANCE[precision] * scale, err_msg=place
            )


@functools.cache
def table() -> tuple[np.ndarray, np.ndarray]:
    """Rows float32 in float64, and which of two classes each belongs to, as ones and zeros."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(ROWS, 5)).astype(np.float32).astype(np.float64)
    return X, np.eye(2)[(X[:, 0] + X[:, 1] ** 2 > 0.8).astype(int)]


@functools.cache
def examples(precision: str) -> Examples:
    X, y = table()
    rows = Encoded(X.astype(precision), np.zeros((ROWS, 0), np.int32))
    return Examples.of(
        NETWORKS, INPUTS, rows, y.argmax(axis=1).astype(np.int32), outputs=2, precision=precision
    )


def network(activation: str) -> NetworkSpec:
    """Each layer with the activation, that of the output too: with sigmoid the notes' own network."""
    return NetworkSpec(hidden_sizes=(6, 4), activation=activation, output_activation=activation)


def started(activation: str, precision: str) -> mlp.Parameters:
    """Starting values with biases that are not 0."""
    X, _ = table()
    rows = Encoded(X.astype(np.float32), np.zeros((ROWS, 0), np.int32))
    params = mlp.initialize(network(activation), INPUTS, 2, rows, 3)
    rng = np.random.default_rng(5)
    return {
        name: (value + 0.2 * rng.normal(size=value.shape) * name.endswith("bias")).astype(precision)
        for name, value in params.items()
    }


def fifty_steps(
    starts: dict[str, mlp.Parameters], precision: str, trainings: dict[str, TrainingSpec]
) -> dict[tuple[str, str], mlp.Parameters]:
    """What honed makes of each activation's start under each penalty.

    Compiling would take all the time, so the two halves of a step are compiled one by one: the slope, which knows
    the networks, serves all update rules, and the move, which knows the rule, all networks side by side.
    """
    data, packing = examples(precision), Packing.of(starts[ACTIVATION_NAMES[0]], mlp.role)
    everything = np.arange(ROWS, dtype=np.int32)
    setups = [
        Setup(network(activation), trainings["all"], data, everything, 0) for activation in ACTIVATION_NAMES
    ]
    steps = [Step(setup.structure(), packing) for setup in setups]
    structure, one = steps[0].structure, jnp.ones((), precision)
    known = setups[0].table(structure, everything[:0]), everything, np.ones(ROWS, precision)
    table, index, mask = jax.device_put(known)
    any_knobs = setups[0].knobs()

    def slopes_of(packed: Any) -> Any:
        """Of (penalties, activations, …) the same."""

        def own(packed: Any) -> Any:
            parts = [
                step.slope(
                    jax.tree.map(lambda x, i=i: x[i], packed),
                    table,
                    index,
                    mask,
                    any_knobs,
                    one,
                    np.uint32(0),
                )
                for i, step in enumerate(steps)
            ]
            return jax.tree.map(lambda *parts: jnp.stack(parts), *parts)

        return jax.vmap(own)(packed)

    def move(packed: Any, memory: Any, slope: Any, knobs: Any) -> Any:
        def own(packed: Any, memory: Any, slope: Any, knobs: Any) -> Any:
            return steps[0].move(packed, memory, slope, knobs, knobs.learning_rate, one, np.uint32(0))

        return jax.vmap(jax.vmap(own, (0, 0, 0, None)))(packed, memory, slope, knobs)

    rule = (structure.optimizer, structure.has_momentum, structure.nesterov, precision)
    options = COMPILER_OPTIONS["cpu"]
    slopes_of = _COMPILED.setdefault(precision, jax.jit(slopes_of, compiler_options=options))
    move = _COMPILED.setdefault(rule, jax.jit(move, compiler_options=options))
    first = [packing.pack(start, np) for start in starts.values()]
    packed: Any = stacked([stacked(first)] * len(trainings))
    memory = stacked([stacked([SHARED.memory(structure, own) for own in first])] * len(trainings))
    knobs = stacked([replace(setups[0], training=training).knobs() for training in trainings.values()])
    for _ in range(STEPS):
        packed, memory = move(packed, memory, slopes_of(packed), knobs)
    return {
        (penalty, activation): packing.unpack({role: np.asarray(v[i, j]) for role, v in packed.items()})
        for i, penalty in enumerate(trainings)
        for j, activation in enumerate(starts)
    }


def stacked(trees: list[Any]) -> Any:
    return jax.device_put(jax.tree.map(lambda *parts: np.stack(parts), *trees))


_COMPILED: dict[Any, Any] = {}


def test_a_product_of_rows_with_several_axes_has_the_gradient_of_jax() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(5, 4, 3)).astype(np.float32)
    weight = rng.normal(size=(3, 2)).astype(np.float32)
    own, plain = (
        jax.grad(lambda rows, weight, wrap=wrap: ((rows @ wrap(weight)) ** 2).sum(), (0, 1))(rows, weight)
        for wrap in (Weight, jnp.asarray)
    )
    for ours, theirs in zip(own, plain, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@dataclass(frozen=True)
class Steps(TableNetworks):
    """Normalizes each column as the steps of a sequence, of which those above 0 count."""

    def apply(self, params: Any, spec: Any, inputs: Any, rows: Any, *words: Any, **named: Any) -> Any:
        statistics, units = words[-1], jnp.arange(1.0, 5.0)
        mean, variance = statistics(0, rows.numeric[:, :, None] * units, rows.numeric > 0)
        return rows.numeric[:, :2] * (mean + variance).sum()


def test_batch_statistics_are_of_the_places_that_count_in_the_rows_of_the_batch() -> None:
    X, y = table()
    rows = Encoded(X.astype(np.float32), np.zeros((ROWS, 0), np.int32))
    data = Examples.of(Steps(), INPUTS, rows, y.argmax(axis=1).astype(np.int32), outputs=2)
    everything = np.arange(ROWS, dtype=np.int32)
    setup = Setup(NetworkSpec(hidden_sizes=(4,), normalization="batch"), TrainingSpec(), data, everything, 0)
    params, mask = setup.started(), (everything < 30).astype(np.float32)
    packing = Packing.of(params, mlp.role)
    step, arrays = Step(setup.structure(), packing), setup.table(setup.structure(), everything[:0])
    packed = packing.pack(params, np)
    slope = step.slope(packed, arrays, everything, mask, setup.knobs(), jnp.ones(()), np.uint32(0))
    found = packing.unpack({**packed, **slope.statistics})
    counted = X[:30][X[:30] > 0][:, None] * np.arange(1, 5)
    np.testing.assert_allclose(found["0.mean"], counted.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(found["0.variance"], counted.var(axis=0, ddof=1), rtol=1e-5)


HEADS = (Head("kind", 3, weight=0.7), Head("size", weight=2.0), Head("price", loss="huber"))


def two_layers(params: dict[str, np.ndarray], X: np.ndarray) -> np.ndarray:
    """What a network with one hidden layer of tanh gives for each row."""
    hidden = np.tanh(X @ params["0.weight"] + params["0.bias"])
    return hidden @ params["1.weight"] + params["1.bias"]


def sum_of_losses(outputs: np.ndarray, kind: np.ndarray, size: np.ndarray, price: np.ndarray) -> float:
    """Row by row: 0.7 cross-entropy of the first three outputs + 2 squared error + Huber's."""
    total = 0.0
    for row, own in enumerate(outputs):
        shares = np.exp(own[:3]) / np.exp(own[:3]).sum()
        miss = abs(own[4] - price[row])
        total += 0.7 * -np.log(shares[kind[row]]) + 2 * (own[3] - size[row]) ** 2
        total += 0.5 * miss**2 if miss < 1 else miss - 0.5
    return total / len(outputs)


def test_several_heads_have_the_weighted_sum_of_their_losses_and_its_gradient() -> None:
    rng = np.random.default_rng(7)
    X, kind = rng.normal(size=(12, 5)), rng.integers(0, 3, 12).astype(np.int32)
    size, price = rng.normal(size=12), 2 * rng.normal(size=12)
    with jax.enable_x64(True):
        rows = Encoded(X, np.zeros((12, 0), np.int32))
        data = Examples.of_heads(
            NETWORKS, INPUTS, rows, [kind, size, price], heads=HEADS, precision="float64"
        )
        everything = np.arange(12, dtype=np.int32)
        net = NetworkSpec(hidden_sizes=(4,), activation="tanh")
        setup = Setup(net, TrainingSpec(), data, everything, 0)
        params = {name: value + 0.1 for name, value in setup.started().items()}
        packing = Packing.of(params, mlp.role)
        step, table = Step(setup.structure(), packing), setup.table(setup.structure(), everything[:0])
        slope = step.slope(
            packing.pack(params, np),
            table,
            everything,
            np.ones(12),
            setup.knobs(),
            jnp.ones(()),
            np.uint32(0),
        )
        found = packing.unpack({role: np.asarray(vector) for role, vector in slope.gradient.items()})

    def naive(params: dict[str, np.ndarray]) -> float:
        return sum_of_losses(two_layers(params, X), kind, size, price)

    assert float(slope.loss) == pytest.approx(naive(params), rel=1e-12)
    for name, value in params.items():
        for place in np.ndindex(value.shape):
            ends = []
            for shift in (1e-5, -1e-5):
                moved = {other: array.copy() for other, array in params.items()}
                moved[name][place] += shift
                ends.append(naive(moved))
            assert found[name][place] == pytest.approx((ends[0] - ends[1]) / 2e-5, abs=1e-8), (name, place)
