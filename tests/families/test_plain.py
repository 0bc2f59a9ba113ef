"""What a plain family has from its parent: rows as they are, blocks of one size, shapes, a source in memory."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from toy_family import TOY, OneLayer, Toy

from honed.errors import InputError
from honed.families.plain import STANDARD, AsIs, InMemory, Shape, Standard
from honed.family import Parameters
from honed.typed import Misfit

SPEC, SHAPE = OneLayer(), Shape((3,))
PARAMS = TOY.start(SPEC, SHAPE, 2, None, 0)


@pytest.mark.parametrize("rows", [0, 1, 700])
def test_predictions_are_those_of_apply_for_any_number_of_rows(rows: int) -> None:
    X = np.random.default_rng(0).normal(size=(rows, 3)).astype(np.float32)
    np.testing.assert_allclose(
        TOY.predict(PARAMS, SPEC, SHAPE, X), X @ PARAMS["0.weight"] + PARAMS["0.bias"], rtol=1e-5
    )
    if rows:
        assert (TOY.predict(PARAMS, SPEC, SHAPE, X[-1:]) == TOY.predict(PARAMS, SPEC, SHAPE, X)[-1:]).all()


def test_shapes_and_cost_come_from_starting_values() -> None:
    assert TOY.shapes(SPEC, SHAPE, 2) == {"0.weight": (3, 2), "0.bias": (2,)}
    assert TOY.cost(SPEC, SHAPE, 2) == 6 * 8


def test_starting_values_are_drawn_once_for_their_shapes() -> None:
    drawn: list[int] = []

    class Counted(Toy):
        def start(self, spec: OneLayer, inputs: Shape, outputs: int, sample: Any, seed: int) -> Parameters:
            drawn.append(seed)
            return super().start(spec, inputs, outputs, sample, seed)

    counted = Counted()
    for _ in range(3):
        assert counted.shapes(SPEC, SHAPE, 2) == TOY.shapes(SPEC, SHAPE, 2)
        counted.cost(SPEC, SHAPE, 2)
    assert len(drawn) == 1
    counted.shapes(SPEC, SHAPE, 2).clear()  # is the caller's own
    assert counted.shapes(SPEC, SHAPE, 3) == TOY.shapes(SPEC, SHAPE, 3) and counted.shapes(SPEC, SHAPE, 2)


def test_an_encoder_comes_back_and_takes_rows_of_its_shape_alone() -> None:
    encoder = TOY.encoder(AsIs(SHAPE).to_json(), "encoders[0]", None)  # pyright: ignore[reportArgumentType]
    assert encoder == AsIs(SHAPE)
    with pytest.raises(InputError, match="trained with"):
        encoder.encode(np.zeros((2, 4)))
    with pytest.raises(Misfit, match="below 1"):
        TOY.inputs({"shape": [-1]})
    with pytest.raises(Misfit):
        TOY.encoder({"shape": "x"}, "encoders[0]", None)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("shape", [(), (3,), (4, 5, 2)])
def test_rows_are_standardised_by_the_place_on_their_last_axis(shape: tuple[int, ...]) -> None:
    rows = 5 + 3 * np.random.default_rng(0).normal(size=(50, *shape))
    rows[..., -1:] = 7.0 if shape else rows[..., -1:]  # a constant has no deviation
    source = InMemory("a", rows, np.zeros(50))
    taught = TOY.learn(source, np.arange(40), STANDARD)
    encoded = taught.encode(rows[:40])
    assert encoded.dtype == np.float32 and encoded.shape == (40, *shape)
    others = tuple(range(len(shape))) if shape else (0,)
    np.testing.assert_allclose(encoded.mean(axis=others), 0, atol=1e-6)
    deviation = np.atleast_1d(encoded.std(axis=others))
    np.testing.assert_allclose(deviation[: -1 if shape else None], 1, atol=1e-5)
    again = TOY.encoder(json.loads(json.dumps(taught.to_json())), "encoders[0]", source.schema)
    assert again == taught and again.inputs == Shape(shape)
    with pytest.raises(InputError, match="trained with"):
        again.encode(np.zeros((2, 9)))


@pytest.mark.parametrize(
    "change",
    [{"mean": [0.0]}, {"mean": [0.0, math.inf]}, {"deviation": [1.0, 0.0]}, {"inputs": {"shape": [0]}}],
)
def test_a_damaged_encoder_is_refused(change: dict[str, Any]) -> None:
    whole: dict[str, Any] = Standard(Shape((2,)), (0.0, 1.0), (1.0, 2.0)).to_json()
    with pytest.raises(Misfit, match=r"encoders\[0\]"):
        TOY.encoder(whole | change, "encoders[0]", values_schema())


def test_a_source_in_memory_knows_its_task_and_its_content() -> None:
    rows = np.arange(6.0).reshape(3, 2)
    values = InMemory("a", rows, np.array([0.5, 1.0, 2.0]))
    classes = InMemory("a", rows, np.array([0, 1, 0], np.int32), ("no", "yes"))
    assert (values.schema.target.task, classes.schema.target.task) == ("regression", "binary")
    assert classes.fingerprint == InMemory("b", rows.copy(), classes.y, ("no", "yes")).fingerprint
    swapped = InMemory("a", rows, classes.y, ("yes", "no"))
    assert len({values.fingerprint, classes.fingerprint, swapped.fingerprint}) == 3
    np.testing.assert_array_equal(values.take(np.array([2, 0])), rows[[2, 0]])


def test_rows_that_are_no_numbers_are_refused() -> None:
    source = InMemory("a", np.zeros((2, 1)), np.zeros(2))
    learned = TOY.learn(source, np.arange(2), TOY.encodings[0])
    with pytest.raises(InputError, match="no array of numbers"):
        TOY.raw(source.schema, learned, [["a", "b"]])


def values_schema():
    return InMemory("a", np.zeros((2, 1)), np.zeros(2)).schema


def test_a_thinned_network_is_one_of_those_that_dropout_makes() -> None:
    class Dropping(type(TOY)):
        def dropouts(self, spec: OneLayer) -> dict[int, float]:
            return {-1: 0.5}

        def apply(self, params, spec, inputs, rows, xp=np, dropout=None, statistics=None):
            return super().apply(params, spec, inputs, rows if dropout is None else dropout(-1, rows))

    X = np.ones((4, 3), np.float32)
    whole, *thinned = (Dropping().predict(PARAMS, SPEC, SHAPE, X, seed) for seed in (None, 0, 1, 2, 3))
    assert any((each != whole).any() for each in thinned)
    assert (thinned[0] == Dropping().predict(PARAMS, SPEC, SHAPE, X, 0)).all()


def test_nothing_is_exported_until_a_family_says_so_and_rows_can_be_made() -> None:
    assert TOY.exports == {}
    with pytest.raises(AssertionError, match="'onnx' is not among the exports"):
        TOY.export(None, "onnx", "own")
    made = TOY.made_rows(SimpleNamespace(encoders=(AsIs(SHAPE),)))
    assert made.shape == (3, 3)
    assert len(np.unique(made)) == 9
