"""Parts of an epoch, and schedules that end with the time."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.table.networks import NETWORKS
from honed.nets.spec import NetworkSpec
from honed.run.worker import Late
from honed.train import loop, parts
from honed.train.examples import Examples
from honed.train.parts import InTime, Part, Stream, of_epochs
from honed.train.record import Record
from honed.train.spec import TrainingSpec

ROWS = 640
INPUTS = Inputs(3, 0, (), ())


def fit(
    training: TrainingSpec, *, rows: int = ROWS, valid: int = 0, **how: Any
) -> tuple[dict[str, np.ndarray], Record]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, 3)).astype(np.float32)
    y = X[:, 0] + rng.normal(0, 0.1, rows).astype(np.float32)
    encoded = Encoded(X, np.zeros((rows, 0), np.int32))
    data = Examples.of(NETWORKS, INPUTS, encoded, y, outputs=1)
    train, held = np.arange(valid, rows), np.arange(valid)
    return loop.fit(NetworkSpec(depth=1, width=4), training, data, train, held, **how)


def test_parts_of_an_epoch_hold_each_row_once() -> None:
    train = np.arange(100, 203)
    stream = Stream(3, train)
    each = [of_epochs(number, len(train), 4) for number in range(8)]
    for epoch in (each[:4], each[4:]):
        seen = np.concatenate([stream.rows(part) for part in epoch])
        assert sorted(seen) == list(train)
    assert {part.rows for part in each} == {25, 26}


def test_a_part_may_begin_in_one_epoch_and_end_in_another() -> None:
    stream = Stream(3, np.arange(10))
    whole = np.concatenate([stream.rows(Part(0, 10)), stream.rows(Part(10, 10)), stream.rows(Part(20, 10))])
    np.testing.assert_array_equal(Stream(3, np.arange(10)).rows(Part(7, 20)), whole[7:27])


def test_an_epoch_in_parts_takes_the_same_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    training = TrainingSpec(epochs=2, batch_size=8, early_stopping=False, schedule="cosine")
    whole, record = fit(training, rows=768)
    assert record.passes is None
    monkeypatch.setattr(parts, "MOST_ROWS", 256)
    cut, record = fit(training, rows=768)
    assert record.passes is not None
    np.testing.assert_allclose(record.passes, np.arange(1, 7) / 3)
    assert all(np.array_equal(whole[name], cut[name]) for name in whole)


def test_patience_counts_epochs_and_not_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_ROWS", 256)
    training = TrainingSpec(
        epochs=30, batch_size=8, patience=2, min_delta=10.0
    )  # nothing is progress but the first
    _, record = fit(training, valid=40)
    assert record.passes is not None
    assert record.best_epoch == 1
    assert record.passes[-1] - record.passes[0] == pytest.approx(2, abs=0.01)


def test_a_part_of_an_epoch_may_be_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_ROWS", 256)
    _, record = fit(TrainingSpec(epochs=9, batch_size=8), valid=40, stop_after=4 / 3)
    assert record.passes is not None
    assert record.passes[-1] == pytest.approx(4 / 3, abs=0.01)


@pytest.mark.parametrize("pace", [(1000.0, 1000.0), (1000.0, 300.0), (300.0, 1000.0)])
def test_a_schedule_ends_with_the_time_at_any_pace(pace: tuple[float, float]) -> None:
    """Rows a second before and after half of the time."""
    course, now, seconds, phases = InTime(10_000, 300), 0.0, 100.0, [0.0]
    while (following := course.next(seconds - now)) is not None:
        rows, phase = following
        took = (rows + 100) / pace[now > seconds / 2]
        now += took
        course.took(rows, took)
        phases.append(phase)
    assert phases[-1] == 1
    assert now == pytest.approx(seconds, abs=8)
    assert (np.diff(phases) > 0).all()
    assert np.diff(phases).max() < 0.5


@pytest.mark.parametrize("valid", [300, 8_000])
def test_a_machine_that_slows_down_at_the_very_end_costs_little(valid: int) -> None:
    """By half, whenever the last parts begin: a training is hardly late, or what it has learned is lost."""
    rows, check, seconds = 2_700.0, valid / 3, 272.0
    late = []
    for slow in np.linspace(0.85, 1, 31) * seconds:
        course, now = InTime(2**18, valid), 0.0
        while (following := course.next(seconds - now)) is not None:
            took = (following[0] + check) / rows
            took += max(0.0, min(took, now + took - slow)) / 2
            now += took
            course.took(following[0], took)
        late.append(now - seconds)
    assert max(late) < 0.015 * seconds


def test_what_ended_with_its_time_can_be_repeated_to_the_last_bit() -> None:
    training = TrainingSpec(epochs=2, batch_size=8, schedule="one_cycle", dropout_schedule="linear")
    fit(training, valid=40)  # compiles
    first, record = fit(training, valid=40, end=time.monotonic() + 1.0)
    assert record.parts[-1][1] == 1
    assert record.rate[-1] < 1e-3 * record.rate.max()
    assert record.passes is not None
    assert record.passes[-1] == pytest.approx(sum(rows for rows, _ in record.parts) / 600)
    second, _ = fit(training, valid=40, again=record.to_json()["parts"])
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_without_any_time_nothing_is_trained() -> None:
    with pytest.raises(Late):
        fit(TrainingSpec(), end=time.monotonic() - 1)


def test_windows_are_gone_through_one_after_another_each_shuffled_anew() -> None:
    train = np.setdiff1d(np.arange(1000), [3, 500, 999])
    stream = Stream(3, train, np.array([0, 300, 600, 1000]))
    epochs = [
        np.concatenate([stream.rows(of_epochs(4 * epoch + part, len(train), 4)) for part in range(4)])
        for epoch in range(4)
    ]
    orders = set()
    for seen in epochs:
        np.testing.assert_array_equal(np.sort(seen), train)
        windows = np.digitize(seen, [300, 600])
        changes = windows[np.flatnonzero(np.diff(windows, prepend=-1))]
        assert len(changes) == 3
        orders.add(tuple(changes.tolist()))
        assert not (np.diff(seen) > 0).all()
    assert len(orders) > 1
    assert not np.array_equal(np.argsort(epochs[0]), np.argsort(epochs[1]))


def test_one_window_is_the_order_of_a_table_in_memory() -> None:
    train, part = np.arange(50), Part(10, 70)
    np.testing.assert_array_equal(Stream(3, train, np.array([0, 50])).rows(part), Stream(3, train).rows(part))
