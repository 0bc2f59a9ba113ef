"""What the probes measure, against plain NumPy in float64 on a network small enough to do by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from naive_recurrence import one

from honed.encode.encoder import Encoded, Inputs
from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.families.sequence.networks import NETWORKS as OF_SEQUENCES
from honed.families.table.networks import NETWORKS
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.spec import NetworkSpec
from honed.train import loop, probes
from honed.train.examples import Examples
from honed.train.record import Record
from honed.train.spec import TrainingSpec

ROWS, COLUMNS, UNITS, RATE = 256, 3, 5, 0.01  # as many rows as the probe has: all of them, in another order
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, COLUMNS)).astype(np.float32)
Y = (X @ np.array([1.0, -2.0, 0.5]) + 0.3 * RNG.normal(size=ROWS)).astype(np.float32)
NETWORK = NetworkSpec(hidden_sizes=(UNITS,), activation="tanh")
START = {
    "0.weight": RNG.normal(size=(COLUMNS, UNITS)),
    "0.bias": RNG.normal(size=UNITS),
    "1.weight": RNG.normal(size=(UNITS, 1)),
    "1.bias": np.zeros(1),
}


def fit(
    network: NetworkSpec = NETWORK, start: Any = START, rows: int = ROWS, **settings: Any
) -> tuple[Any, Record]:
    usual: dict[str, Any] = {
        "optimizer": "sgd",
        "learning_rate": RATE,
        "epochs": 5,
        "batch_size": 64,
        "probes": "usual",
    }
    data = Examples.of(
        NETWORKS,
        Inputs(COLUMNS, 0, (), ()),
        Encoded(X[:rows], np.zeros((rows, 0), np.int32)),
        Y[:rows],
        outputs=1,
    )
    start = None if start is None else {name: value.astype(np.float32) for name, value in start.items()}
    training = TrainingSpec(**(usual | settings))
    train = np.arange(rows, dtype=np.int32)
    return loop.fit(network, training, data, train, train[:0], seed=0, start=start)


def textbook(
    params: dict[str, np.ndarray], rows: np.ndarray
) -> tuple[float, dict[str, np.ndarray], np.ndarray]:
    """Mean squared error, its gradient by the chain rule, and the hidden values."""
    x, y = X[rows].astype(np.float64), Y[rows].astype(np.float64)
    hidden = np.tanh(x @ params["0.weight"] + params["0.bias"])
    error = (hidden @ params["1.weight"] + params["1.bias"])[:, 0] - y
    out = 2 * error[:, None] / len(rows)
    back = out @ params["1.weight"].T * (1 - hidden**2)
    slopes = {"1.weight": hidden.T @ out, "1.bias": out.sum(0), "0.weight": x.T @ back, "0.bias": back.sum(0)}
    return float((error**2).mean()), slopes, hidden


def parts() -> list[np.ndarray]:
    from honed import seeds

    return np.split(seeds.generator(0, "probe").permutation(np.arange(ROWS)), 4)


def test_the_untrained_network_is_measured_as_the_textbook_would() -> None:
    found = {name: value[0] for name, value in fit()[1].probes.items()}
    loss, slopes, hidden = textbook(START, np.arange(ROWS))
    assert found["loss"] == pytest.approx(loss, rel=1e-5)
    norms = [np.linalg.norm(slopes[f"{layer}.weight"]) for layer in (0, 1)]
    np.testing.assert_allclose(found["gradient"], norms, rtol=1e-4)
    weights = [np.linalg.norm(START[f"{layer}.weight"]) for layer in (0, 1)]
    np.testing.assert_allclose(found["weight"], weights, rtol=1e-5)
    np.testing.assert_allclose(found["update"], RATE * np.array(norms) / weights, rtol=1e-3)
    np.testing.assert_allclose(found["activation_mean"], [hidden.mean()], rtol=1e-4)
    np.testing.assert_allclose(found["activation_std"], [hidden.std()], rtol=1e-4)
    np.testing.assert_allclose(found["saturated"], [(1 - hidden**2 < 0.05).mean()], atol=1e-3)


def test_cells_that_training_hides_are_no_layer_to_measure() -> None:
    inputs = Inputs(COLUMNS, 1, (), (9,), (4,))  # a column with many levels, of which the last share codes
    codes = (np.arange(ROWS) % 9)[:, None].astype(np.int32)
    rows = Encoded(np.column_stack([X, np.ones(ROWS, np.float32)]), codes)
    data = Examples.of(NETWORKS, inputs, rows, Y, outputs=1)
    training, train = TrainingSpec(epochs=2, probes="usual"), np.arange(ROWS, dtype=np.int32)
    found = loop.fit(NETWORK, training, data, train, train[:0], seed=0)[1].probes
    assert found["activation_std"].shape[1] == 1 and np.isfinite(found["activation_std"][0]).all()


def test_noise_and_signal_follow_from_the_parts_gradients() -> None:
    record = fit()[1]
    flat = [np.concatenate([v.ravel() for v in textbook(START, rows)[1].values()]) for rows in parts()]
    squares, square = np.mean([(one**2).sum() for one in flat]), (np.mean(flat, axis=0) ** 2).sum()
    few, many = ROWS / 4, ROWS
    assert record.probes["signal"][0] == pytest.approx(
        (many * square - few * squares) / (many - few), rel=1e-3
    )
    assert record.probes["noise"][0] == pytest.approx((squares - square) / (1 / few - 1 / many), rel=1e-3)


def test_agreement_is_the_cosine_of_the_gradients_before_and_after_a_step() -> None:
    for rate in (RATE, 0.4):
        record = fit(learning_rate=rate, epochs=1)[1]
        slopes = textbook(START, np.arange(ROWS))[1]
        after = textbook({n: v - rate * slopes[n] for n, v in START.items()}, np.arange(ROWS))[1]
        a, b = (np.concatenate([part[name].ravel() for name in START]) for part in (slopes, after))
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        assert record.probes["agreement"][0] == pytest.approx(cosine, abs=1e-3)


def test_units_alike_are_those_whose_weights_point_the_same_way() -> None:
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(9, 6))
    weight[:, 1] = 3 * weight[:, 0]  # the same way
    weight[:, 2] = -weight[:, 0]  # the opposite way, and so another unit
    weight[:, 3] = 0  # no way at all
    assert float(probes._alike(weight.astype(np.float32))) == pytest.approx(2 / 6)
    assert float(probes._alike(np.ones((3, 3, 1, 4), np.float32))) == 1  # filters of 9 inputs
    assert float(probes._alike(np.ones((2, 4), np.float32))) == 0  # of two inputs chance makes units alike


def test_some_hidden_values_come_out_for_percentiles() -> None:
    values = fit()[1].probes["activation_values"][0, 0]
    assert values.shape == (256,)
    hidden = textbook(START, np.arange(ROWS))[2]
    assert np.abs(values[:, None] - hidden.ravel()).min(axis=1).max() < 1e-5


def test_silent_units_are_dead_and_exact_zeros_are_counted() -> None:
    start = START | {"0.bias": np.array([-99.0, -99.0, 0.0, 0.0, 0.0])}
    found = fit(NetworkSpec(hidden_sizes=(UNITS,), activation="relu"), start)[1].probes
    np.testing.assert_allclose(found["dead"][0], [2 / 5])
    np.testing.assert_allclose(found["gradient_zeros"][0], [2 / 5, 2 / 5], atol=1e-6)


def test_a_unit_that_hardly_a_row_wakes_is_dead_too() -> None:
    """Of 256 rows two wake the first unit and four the second, more than one in a hundred."""
    given = np.sort(X @ START["0.weight"], axis=0)[::-1]
    bias = np.array([-(given[2, 0] + given[1, 0]) / 2, -(given[4, 1] + given[3, 1]) / 2, 9.0, 9.0, 9.0])
    network = NetworkSpec(hidden_sizes=(UNITS,), activation="relu")
    np.testing.assert_allclose(fit(network, START | {"0.bias": bias})[1].probes["dead"][0], [1 / 5])


@pytest.mark.parametrize("level", ["quick", "usual", "full"])
def test_looking_changes_nothing(level: str) -> None:
    network = NetworkSpec(depth=2, width=8, dropout=0.2, normalization="batch")
    settings: dict[str, Any] = {"optimizer": "adam", "schedule": "cosine", "noise": 0.1, "l1": 1e-3}
    off, on = (fit(network, None, probes=probe, **settings) for probe in ("off", level))
    assert off[1].probes == {} and on[1].probes
    for name, value in off[0].items():
        np.testing.assert_array_equal(value, on[0][name])


def test_levels_add_to_one_another() -> None:
    quick, usual = (set(fit(probes=level)[1].probes) for level in ("quick", "usual"))
    assert quick == {"loss", "gradient", "gradient_zeros", "update", "weight"}
    assert usual > quick and {"dead", "saturated", "signal", "noise", "agreement"} <= usual


def test_clipped_steps_are_counted() -> None:
    clipped = fit(gradient_clip=1e-6)[1].probes["clipped"]
    np.testing.assert_array_equal(clipped, np.ones(len(clipped)))
    assert not fit(gradient_clip=1e6)[1].probes["clipped"].any()


def test_few_rows_are_looked_at_less_often() -> None:
    record = fit(epochs=30, rows=100)[1]
    assert record.probe_epochs.tolist() == [1, 2, 3, 11, 21]
    assert probes.every("usual", 100, epochs=30) == 10 and probes.every("usual", 20_000, epochs=30) == 1
    assert probes.every("usual", 100, epochs=50_000) == 1000  # about 50 probes in all
    assert 2 * 256 <= 0.05 * 20_000  # a twentieth of an epoch


def test_without_hidden_layers_there_are_gradients_alone() -> None:
    found = fit(NetworkSpec(depth=0), None)[1].probes
    assert found["gradient"].shape[1] == 1
    assert "dead" not in found


def test_the_gradient_of_a_recurrent_layer_is_seen_by_step_before_the_last() -> None:
    spec, time = SequenceSpec(cell="rnn", width=3), 9
    rng = np.random.default_rng(1)
    values, lengths = rng.normal(size=(ROWS, time, 2)).astype(np.float32), rng.integers(4, time + 1, ROWS)
    values[np.arange(time) >= lengths[:, None]] = 0
    rows = Sequences(values, lengths.astype(np.int32), np.zeros((ROWS, 0), np.float32))
    inputs = SequenceInputs(time, 2, is_ragged=True)
    data = Examples.of(OF_SEQUENCES, inputs, rows, Y, outputs=1)
    start = OF_SEQUENCES.start(spec, inputs, 1, rows, 0)
    train = np.arange(ROWS, dtype=np.int32)
    training = TrainingSpec(epochs=1, batch_size=64, probes="usual")
    _, record = loop.fit(spec, training, data, train, train[:0], seed=0, start=start)
    squares = {k: list[float]() for k in range(time)}
    own = {name: value.astype(np.float64) for name, value in start.items()}
    for row, length in enumerate(lengths):
        states = one("rnn", values[row, :length], own["0.weight"], own["0.bias"], own["0.recurrent"])
        error = states[-1] @ own["1.weight"][:, 0] + own["1.bias"][0] - Y[row]
        slope = 2 * error * own["1.weight"][:, 0] / (ROWS / 4)  # of the mean of a part of the rows
        for k in range(length):
            driven = slope * (1 - states[-1 - k] ** 2)
            squares[k].append(float(driven @ driven))
            slope = own["0.recurrent"][0] @ driven
    back = record.probes["back"][0].astype(int)
    assert (back[0], back[-1]) == (0, time - 1) and set(back) == set(range(time))
    expected = [np.sqrt(np.mean(squares[k])) for k in back]
    np.testing.assert_allclose(record.probes["by_step"][0, 0], expected, rtol=1e-3)


def test_networks_that_do_not_go_from_step_to_step_have_no_gradient_by_step() -> None:
    assert "by_step" not in fit(epochs=1)[1].probes
