"""What networks make of columns of many levels, against the same by hand, row by row."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np

from honed.encode.categorical import MISSING, RARE
from honed.encode.encoder import Encoded, Inputs
from honed.encode.hashed import FREQUENCY
from honed.families.table.networks import NETWORKS
from honed.nets import levels, mlp
from honed.nets.spec import NetworkSpec
from honed.train import loop
from honed.train.examples import Examples
from honed.train.spec import TrainingSpec

RNG = np.random.default_rng(0)
INPUTS = Inputs(
    1, 2, (3,), (6, 14), (8,)
)  # a number, a flag and a frequency; four levels and eight codes for the rest
SPEC = NetworkSpec(depth=1, width=4, category_size=3)


def some(rows: int = 50) -> Encoded:
    codes = np.stack([RNG.integers(0, size, rows) for size in (3, 6, 14)], axis=1).astype(np.int32)
    seen = np.where(codes[:, 2] <= RARE, 0, RNG.integers(1, 9, rows))
    numeric = np.stack([RNG.normal(size=rows), RNG.integers(0, 2, rows), FREQUENCY * np.log1p(seen)], axis=1)
    return Encoded(numeric.astype(np.float32), codes)


def test_a_rare_level_adds_a_part_of_its_own_to_what_rare_cells_say() -> None:
    table, rows = RNG.normal(size=(14, 3)).astype(np.float32), some()
    own, frequency = rows.codes[:, 2], rows.numeric[:, 2]
    by_hand = []
    for code, seen in zip(own, np.expm1(frequency / FREQUENCY), strict=True):
        by_hand.append(
            table[code] if code < 6 else table[RARE] + levels.SAY * seen / (seen + 1) * table[code]
        )
    for xp in (np, jnp):
        found = levels.values(xp.asarray(table), xp.asarray(own), xp.asarray(frequency), 8, xp)
        np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-6)


def test_rare_levels_start_by_saying_nothing_of_their_own() -> None:
    params = mlp.initialize(SPEC, INPUTS, 1, some(), 0)
    assert {name: value.shape for name, value in params.items()} == mlp.shapes(SPEC, INPUTS, 1)
    assert (
        not params["category.1"][6:].any() and params["category.1"][:6].all() and params["category.0"].all()
    )
    usual = mlp.initialize(SPEC, INPUTS._replace(buckets=()), 1, some(), 0)
    np.testing.assert_array_equal(params["category.1"][:6], usual["category.1"][:6])


def test_training_hides_levels_but_not_that_a_cell_is_missing() -> None:
    rows, asked = some(), []

    def drop(place: int, values: np.ndarray) -> np.ndarray:
        asked.append(place)
        return np.where(np.arange(len(values))[:, None] % 2, values * 2, 0).astype(np.float32)

    shown = levels.hidden(INPUTS, rows, np, drop)
    assert asked == [levels.PLACE]
    for row in range(len(rows.codes)):
        is_shown = row % 2 == 1 or rows.codes[row, 2] == MISSING
        assert shown.codes[row].tolist() == [*rows.codes[row, :2], rows.codes[row, 2] if is_shown else RARE]
        assert shown.numeric[row].tolist() == [
            *rows.numeric[row, :2],
            rows.numeric[row, 2] if is_shown else 0,
        ]


def test_what_no_row_holds_is_neutral_and_the_unseen_level_is_held_by_what_training_hides() -> None:
    rows = some()
    train = np.flatnonzero((rows.codes[:, 2] > RARE) & (rows.codes[:, 2] != 3) & (rows.codes[:, 2] != 9))
    held = mlp.Held.of(INPUTS, rows, train)
    assert held.codes[2][RARE] == levels.HIDDEN and np.isclose(held.codes[2].sum(), 1)
    params = mlp.initialize(SPEC, INPUTS, 1, rows, 0)
    params["category.1"] = RNG.normal(size=(14, 3)).astype(np.float32)
    found = mlp.neutral(params, SPEC, INPUTS, held)["category.1"]
    share = held.codes[2][:6] / held.codes[2][:6].sum()
    np.testing.assert_allclose(found[3], share @ params["category.1"][:6], rtol=1e-5)
    assert not found[9].any()
    np.testing.assert_array_equal(
        np.delete(found, (0, 3, 9), 0), np.delete(params["category.1"], (0, 3, 9), 0)
    )
    assert found.dtype == np.float32


def test_training_teaches_rare_levels_and_one_that_was_never_seen() -> None:
    codes = 2 + np.arange(400) % 12  # four frequent levels and eight others, no cell that is rare
    seen = np.full(400, FREQUENCY * np.log1p(33))
    rows = Encoded(np.stack([seen], axis=1).astype(np.float32), codes[:, None].astype(np.int32))
    inputs, y = Inputs(0, 1, (), (14,), (8,)), np.where(codes % 2, 1.0, -0.2).astype(np.float32)
    data = Examples.of(NETWORKS, inputs, rows, y, outputs=1)
    spec = NetworkSpec(depth=1, width=8)
    training = TrainingSpec(learning_rate=0.02, epochs=40, batch_size=32)
    everything = np.arange(400)
    params, _ = loop.fit(spec, training, data, everything, everything[:0], seed=1)
    falling = replace(training, dropout_schedule="linear")  # of dropout, of which there is none
    again, _ = loop.fit(spec, falling, data, everything, everything[:0], seed=1)
    assert all((params[name] == again[name]).all() for name in params)
    asked = Encoded(
        np.array([[seen[0]]] * 12 + [[0]], np.float32), np.array([[*range(2, 14), RARE]], np.int32).T
    )
    said = mlp.predict(params, spec, inputs, asked)[:, 0]
    np.testing.assert_allclose(said[:12], y[:12], atol=0.15)
    assert abs(said[12] - y.mean()) < 0.15
    assert NETWORKS.dropouts(spec) == {-1: 0.0, 0: 0.0} and NETWORKS.hides(inputs) == {
        levels.PLACE: levels.HIDDEN
    }
