"""Trainings that go wrong at a known place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.train import examine, loop
from honed.train.examples import Examples
from honed.train.record import Record
from honed.train.spec import TrainingSpec

ROWS = 400
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int32)


def fit(network: NetworkSpec, X: np.ndarray = X, **settings: Any) -> Record:
    data = Examples.of(
        NETWORKS, Inputs(3, 0, (), ()), Encoded(X, np.zeros((ROWS, 0), np.int32)), Y, outputs=2
    )
    train = np.arange(ROWS, dtype=np.int32)
    training = TrainingSpec(
        **({"epochs": 6, "batch_size": 50, "optimizer": "sgd", "probes": "usual"} | settings)
    )
    return loop.fit(network, training, data, train[40:], train[:40], seed=0)[1]


@pytest.mark.parametrize("batch", [1, 50, 360])
def test_a_step_without_a_bound_is_found_where_it_began(batch: int) -> None:
    """A rate of 1e30 makes the weights' next products overflow float32 in the step after the first."""
    record = fit(NetworkSpec(depth=2, width=8), learning_rate=100.0, batch_size=batch, l2=1e38)
    assert record.diverged
    assert (record.trouble["epoch"], record.trouble["step"]) == (1, 1)
    assert record.trouble["part"] == "weight"


@pytest.mark.filterwarnings("ignore:.* encountered in matmul:RuntimeWarning")
def test_one_row_that_is_infinite_is_found_with_its_step_and_layer() -> None:
    wild = X.copy()
    wild[41:42] = 3e38
    record = fit(NetworkSpec(depth=2, width=8), wild, learning_rate=1e-3)
    from honed import seeds

    order = seeds.generator(0, "order", 0).permutation(np.arange(40, ROWS))
    assert record.diverged
    assert record.trouble == {
        "epoch": 1,
        "step": int(np.flatnonzero(order == 41)[0]) // 50 + 1,
        "layer": 1,
        "part": "value",
    }


def test_a_later_epoch_is_found_too() -> None:
    """Weights that grow by a constant factor each step overflow after a number of steps known before."""
    network = NetworkSpec(depth=1, width=4, activation="relu")
    record = fit(
        network, learning_rate=1.0, weight_decay=99.0, epochs=40
    )  # w becomes -98 w, 8 times an epoch
    assert record.diverged
    steps = (record.trouble["epoch"] - 1) * 8 + record.trouble["step"]
    overflow = np.log(np.finfo(np.float32).max) / (2 * np.log(98))  # of the product of two such weights: 9.7
    assert overflow < steps < overflow + 3


def test_a_training_that_ended_well_has_no_trouble() -> None:
    record = fit(NetworkSpec(depth=1, width=16), learning_rate=0.3)
    assert record.trouble == {}
    assert record.memorised is None


def test_twenty_rows_are_learned_by_a_sound_network_at_a_bad_rate() -> None:
    record = fit(NetworkSpec(depth=2, width=32), learning_rate=1e-4, epochs=30)
    assert record.memorised is not None and record.memorised < 0.1


def test_twenty_rows_are_not_learned_by_a_dead_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from honed.nets import mlp

    initialize = mlp.initialize

    def dead(*given: Any) -> Any:
        return {n: np.full_like(v, -99) if n == "0.bias" else v for n, v in initialize(*given).items()}

    monkeypatch.setattr(mlp, "initialize", dead)
    record = fit(NetworkSpec(depth=2, width=32, activation="relu"), learning_rate=1e-2, epochs=30)
    assert record.memorised is not None and record.memorised > 0.9


def test_the_few_rows_have_something_to_tell_apart() -> None:
    targets = np.array([0] * 50 + [1] * 3)
    assert set(targets[examine.few(np.arange(53), targets)]) == {0, 1}
    mixed = np.arange(53)[::-1]
    assert examine.few(mixed, targets).tolist() == mixed[:20].tolist()
    assert len(examine.few(np.arange(53), np.zeros(53))) == 20  # a constant target has no others
