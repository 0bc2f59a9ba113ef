"""The batch size by measurement: what follows from three figures, and what memory forbids."""

from __future__ import annotations

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.run import memory
from honed.train import batch_search
from honed.train.examples import Examples
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec


def examples(rows: int, noise: float = 0.0) -> tuple[Examples, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 5)).astype(np.float32)
    y = (X[:, 0] + noise * rng.normal(size=rows)).astype(np.float32)
    data = Examples.of(
        NETWORKS, Inputs(5, 0, (), ()), Encoded(X, np.zeros((rows, 0), np.int32)), y, outputs=1
    )
    return data, np.arange(rows, dtype=np.int32)


def find(
    rows: int = 2000, noise: float = 0.0, network: NetworkSpec | None = None
) -> batch_search.BatchSearch:
    data, train = examples(rows, noise)
    network = network or NetworkSpec(depth=1, width=16)
    return batch_search.find(Setup(network, TrainingSpec(), data, train, 0))


def test_the_knee_is_where_a_step_costs_its_rows() -> None:
    """A step takes 1 ms and 10 µs a row: 70 % of full speed needs 100·0.7/0.3 = 233 rows."""
    sizes = [32, 1024]
    speeds = [size / (1e-3 + 1e-5 * size) for size in sizes]
    assert batch_search._knee(sizes, speeds) == 256


def test_the_choice_is_bounded_by_each_figure() -> None:
    found = find()
    assert found.ceiling == 2000  # all rows fit
    assert found.checked == 2000
    assert 1 <= found.batch_size <= max(found.knee, 64)
    assert found.batch_size <= max(64, 2 ** np.ceil(np.log2(2000 / 64)))  # 64 steps in an epoch
    assert found.bytes_per_row > 4 * 16  # at least the hidden layer's values
    for text in ("memory allows 2,000 rows", "speed", "noise scale"):
        assert text in found.sentence()


def test_noisy_targets_have_a_larger_noise_scale() -> None:
    quiet, loud = find(noise=0.0), find(noise=5.0)
    assert loud.noise_scale > 3 * quiet.noise_scale


def test_noise_scale_of_a_linear_network_is_the_textbooks() -> None:
    """One weight, y = noise: rows' gradients are -2 x (y - w x), whose mean and variance are known."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4000, 1)).astype(np.float32)
    y = (3 * x[:, 0] + rng.normal(size=4000)).astype(np.float32)
    data = Examples.of(
        NETWORKS, Inputs(1, 0, (), ()), Encoded(x, np.zeros((4000, 0), np.int32)), y, outputs=1
    )
    train = np.arange(4000, dtype=np.int32)
    training = TrainingSpec(optimizer="sgd", learning_rate=1e-12)  # the weights stay as they start
    setup = Setup(NetworkSpec(depth=0), training, data, train, 0)
    trial = batch_search._Trial(setup)
    trial.compile(32)
    params = setup.started()
    error = x @ params["0.weight"] + params["0.bias"] - y[:, None]
    slopes = np.concatenate([2 * error * x, 2 * error], axis=1).astype(np.float64)
    expected = slopes.var(axis=0).sum() / (slopes.mean(axis=0) ** 2).sum()
    assert trial.noise_scale(32) == pytest.approx(expected, rel=0.3)


def test_little_memory_lowers_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    network = NetworkSpec(depth=2, width=64)
    free = find(network=network)
    room = int(free.bytes_per_row * 500)
    monkeypatch.setattr(memory, "available", lambda: room)
    tight = find(network=network)
    assert tight.ceiling < 600
    assert tight.checked <= tight.ceiling
    assert tight.batch_size <= tight.ceiling
