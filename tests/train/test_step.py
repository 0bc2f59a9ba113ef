"""A step against the textbook's, in `tests/references/backpropagation.py`: every optimizer, activation and penalty."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backpropagation import Settings, train

from honed.encode.encoder import Encoded, Inputs
from honed.nets import mlp
from honed.nets.spec import ACTIVATION_NAMES, NetworkSpec
from honed.train import loop, program
from honed.train.packing import Packing
from honed.train.spec import OPTIMIZER_NAMES, TrainingSpec
from honed.train.step import Step

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
PENALTIES: dict[str, dict[str, float]] = {
    "none": {},
    "l1": {"l1": 0.003},
    "l2": {"l2": 0.01},
    "decay": {"weight_decay": 0.1},
    "all": {"l1": 0.002, "l2": 0.005, "weight_decay": 0.05, "gradient_clip": 0.1},
}


def test_every_optimizer_is_compared() -> None:
    assert set(OPTIMIZER_NAMES) == {settings.get("optimizer", rule) for rule, settings in RULES.items()}


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("rule", RULES)
def test_weights_after_fifty_steps_are_the_textbooks_for_every_activation(
    rule: str, penalty: str, precision: str
) -> None:
    settings = {"optimizer": rule} | RULES[rule] | PENALTIES[penalty]
    with jax.enable_x64(precision == "float64"):
        starts = [started(activation, precision) for activation in ACTIVATION_NAMES]
        ends = fifty_steps(starts, precision, TrainingSpec(loss="squared", **settings))
    if rule == "adamw":
        settings = {"weight_decay": 0.01} | settings
    for activation, start, end in zip(ACTIVATION_NAMES, starts, ends, strict=True):
        expected = train(
            {name: value.astype(np.float64) for name, value in start.items()},
            *table(),
            Settings(**settings),
            activations=(activation,) * 3,
            steps=STEPS,
        )
        for name, value in expected.items():
            place, scale = f"{activation} {name}", np.abs(value).max()
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
def examples(precision: str) -> loop.Examples:
    X, y = table()
    rows = Encoded(X.astype(precision), np.zeros((ROWS, 0), np.int32))
    return loop.examples(INPUTS, rows, y.argmax(axis=1).astype(np.int32), outputs=2, precision=precision)


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


def fifty_steps(starts: list[mlp.Parameters], precision: str, training: TrainingSpec) -> list[mlp.Parameters]:
    """What honed makes of the start of each activation's network.

    Compiling would take all the time, so the two halves of a step are compiled one by one: the slope, which knows
    the networks, serves all update rules, and the move, which knows the rule, all networks side by side.
    """
    data, packing = examples(precision), Packing.of(starts[0])
    steps = [
        Step(loop.structure_of(network(activation), training, data, ROWS), packing)
        for activation in ACTIVATION_NAMES
    ]
    structure, everything = steps[0].structure, np.arange(ROWS, dtype=np.int32)
    one = jnp.ones((), precision)
    knobs = loop.knobs_of(network(ACTIVATION_NAMES[0]), training, data, ROWS, 0)
    table, mask = loop.table_of(data, everything[:0], structure), np.ones(ROWS, precision)
    table, everything, mask, knobs = jax.device_put((table, everything, mask, knobs))

    def slope_of(packed: Any, knobs: Any) -> Any:
        slopes = [
            step.slope(jax.tree.map(lambda x: x[i], packed), table, everything, mask, knobs, one, 0)  # noqa: B023
            for i, step in enumerate(steps)
        ]
        return jax.tree.map(lambda *parts: jnp.stack(parts), *slopes)

    def move(packed: Any, memory: Any, slope: Any, knobs: Any) -> Any:
        def own(packed: Any, memory: Any, slope: Any) -> Any:
            return steps[0].move(packed, memory, slope, knobs, knobs["learning_rate"], one, 0)

        return jax.vmap(own)(packed, memory, slope)

    rule = (structure.optimizer, structure.has_momentum, structure.nesterov)
    by_rule = (*rule, structure.has_clip, structure.has_l1, structure.has_penalties, precision)
    slope_of = _COMPILED.setdefault(precision, jax.jit(slope_of, compiler_options=program._COMPILER_OPTIONS))
    move = _COMPILED.setdefault(by_rule, jax.jit(move, compiler_options=program._COMPILER_OPTIONS))
    packed: Any = stacked([packing.pack(start, np) for start in starts])
    memory = stacked([program.memory(structure, packing.pack(start, np)) for start in starts])
    for _ in range(STEPS):
        packed, memory = move(packed, memory, slope_of(packed, knobs), knobs)
    return [packing.unpack({r: np.asarray(v[i]) for r, v in packed.items()}) for i in range(len(starts))]


def stacked(trees: list[Any]) -> Any:
    return jax.device_put(jax.tree.map(lambda *parts: np.stack(parts), *trees))


_COMPILED: dict[Any, Any] = {}
