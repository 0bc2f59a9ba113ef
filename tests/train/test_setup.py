"""What a training's programs are given: numbers, orders and starting values that follow from its settings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.heads import Head
from honed.nets.spec import NetworkSpec
from honed.train import setup as module
from honed.train.examples import Examples
from honed.train.parts import Stream
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec

ROWS = 40


def setup(
    network: NetworkSpec | None = None, *, seed: int = 0, train: int = 30, classes: int = 0, **settings: Any
) -> Setup:
    X = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
    rows = Encoded(X, np.zeros((ROWS, 0), np.int32))
    targets = np.arange(ROWS, dtype=np.int32) % classes if classes else X[:, 0]
    data = Examples.of(NETWORKS, Inputs(3, 0, (), ()), rows, targets, outputs=classes or 1)
    numbers = np.arange(train, dtype=np.int32)
    return Setup(network or NetworkSpec(depth=0), TrainingSpec(**settings), data, numbers, seed)


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"l2": 0.2}, {"huber_delta": 3.0}])
def test_another_number_is_another_knob_and_the_same_program(change: dict[str, Any]) -> None:
    kept: dict[str, Any] = {"l2": 0.1, "loss": "huber"}
    plain, other = setup(**kept), setup(**kept | change)
    assert plain.structure() == other.structure()
    name, value = next(iter(change.items()))
    assert float(getattr(other.knobs(), name)) == pytest.approx(value)
    same = set(plain.knobs()._fields) - {name, "dropout"}
    assert all(getattr(plain.knobs(), each) == getattr(other.knobs(), each) for each in same)


def of_two(weight: float) -> Setup:
    """A kind and a size, the size with that weight."""
    rows = Encoded(np.zeros((ROWS, 3), np.float32), np.zeros((ROWS, 0), np.int32))
    targets = [np.arange(ROWS, dtype=np.int32) % 2, np.arange(ROWS, dtype=np.float32) / 10]
    heads = (Head("kind", 2), Head("size", weight=weight))
    data = Examples.of_heads(NETWORKS, Inputs(3, 0, (), ()), rows, targets, heads=heads)
    return Setup(NetworkSpec(depth=0), TrainingSpec(), data, np.arange(30, dtype=np.int32), 0)


def test_another_weight_of_a_head_is_another_knob_and_the_same_program() -> None:
    assert of_two(1.0).structure() == of_two(3.0).structure()
    weights = of_two(3.0).knobs().head_weights
    assert weights is not None and weights.tolist() == [1, 3]
    assert setup().knobs().head_weights is None


def test_the_chance_of_several_heads_is_the_weighted_sum_of_theirs() -> None:
    rows = np.arange(20)
    assert of_two(3.0).chance(rows) == pytest.approx(np.log(2) + 3 * (rows / 10).var(), rel=1e-5)


@pytest.mark.parametrize("change", [{"optimizer": "sgd"}, {"batch_size": 8}, {"gradient_clip": 1.0}])
def test_another_form_is_another_program(change: dict[str, Any]) -> None:
    assert setup().structure() != setup(**change).structure()


def test_patience_as_a_number_as_a_multiple_and_not_at_all() -> None:
    never = setup(patience=None).knobs().patience
    assert setup(patience=7).knobs().patience == 7
    multiple = setup(patience="1.5x").knobs()
    assert multiple.patience == never > 10**6
    assert float(multiple.patience_multiple) == 1.5


def test_without_early_stopping_each_epoch_is_better_than_the_last() -> None:
    assert setup(early_stopping=False).knobs().min_delta == -np.inf


def test_each_epoch_sees_every_training_row_once_in_an_order_of_its_own() -> None:
    one = setup(batch_size=8)
    structure = one.structure()
    stream = Stream(one.seed, one.train)
    orders = one.orders(structure, [one.part(3), one.part(4)], stream)
    for row in orders[:2, :30]:
        assert sorted(row) == list(range(30))
    assert not orders[:, 30:].any() and not orders[2:].any()
    assert (orders[0] != orders[1]).any()
    np.testing.assert_array_equal(
        orders[1], one.orders(structure, [one.part(4)], stream)[0]
    )  # by its number, however it is asked


@pytest.mark.parametrize(("batch", "accumulation", "steps"), [(8, 1, 4), (8, 2, 2), (8, 3, 2), (30, 1, 1)])
def test_steps_of_an_epoch(batch: int, accumulation: int, steps: int) -> None:
    one = setup(batch_size=batch, accumulation=accumulation)
    assert one.steps(one.structure()) == steps == math.ceil(math.ceil(30 / batch) / accumulation)


def test_starting_values_follow_from_the_seed_alone() -> None:
    network = NetworkSpec(hidden_sizes=(5,))
    first, same, other = (setup(network, seed=seed).started() for seed in (1, 1, 2))
    assert {name: value.shape for name, value in first.items()} == NETWORKS.shapes(
        network, Inputs(3, 0, (), ()), 1
    )
    for name, value in first.items():
        assert value.dtype == np.float32
        np.testing.assert_array_equal(value, same[name])
    assert (first["0.weight"] != other["0.weight"]).any()
    np.testing.assert_array_equal(setup(network, seed=1).started(seed=2)["0.weight"], other["0.weight"])


def test_starting_values_do_not_look_at_rows_that_do_not_train() -> None:
    network = NetworkSpec(hidden_sizes=(5,))
    one, other = setup(network), setup(network)
    changed = other.data.rows.numeric.at[30:].set(1e6)
    object.__setattr__(other.data, "rows", other.data.rows._replace(numeric=changed))
    for name, value in one.started().items():
        np.testing.assert_array_equal(value, other.started()[name])


def test_the_best_constant_answer_of_classes_is_their_entropy_and_of_numbers_their_variance() -> None:
    rows = np.arange(30)
    shares = np.bincount(rows % 3) / 30
    assert setup(classes=3).chance(rows) == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-5)
    one = setup(loss="squared")
    assert one.chance(rows) == pytest.approx(np.asarray(one.data.targets[0])[rows].var(), rel=1e-5)


def test_the_shuffled_rows_are_the_training_rows() -> None:
    shuffled = setup().shuffled()
    assert sorted(shuffled) == list(range(30)) and list(shuffled) != sorted(shuffled)


def test_a_table_holds_the_validation_rows_in_the_length_of_its_program() -> None:
    one = setup()
    structure = one.structure()
    data = one.table(structure, np.array([31, 39]))
    assert len(data.valid) == structure.valid_rows
    np.testing.assert_array_equal(data.valid[:2], [31, 39])
    assert len(data.probe) == 0


def test_of_very_many_rows_many_are_looked_at_and_not_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = setup()
    expected = whole.chance(np.arange(40))
    monkeypatch.setattr(module, "_MANY", 20)
    monkeypatch.setattr(module, "_LOOKED_AT", 10)
    some = setup()
    assert len(set(some.shuffled().tolist())) == 10
    assert set(some.shuffled().tolist()) <= set(some.train.tolist())
    assert some.chance(np.arange(40)) == some.chance(np.arange(0, 40, 2)) != expected
