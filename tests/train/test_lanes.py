"""Many trainings in one program, against each of them alone.

XLA sums in another order in lanes, so that the last digits differ and then others, the more the longer a training is.
In float64 that is far below what decides when a training stops: there what is compared is the same computation.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from honed.encode.encoder import Encoded, Inputs
from honed.families.image.inputs import ImageInputs, Pictures
from honed.families.image.networks import NETWORKS as OF_PICTURES
from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.families.sequence.networks import NETWORKS as OF_SEQUENCES
from honed.families.table.networks import NETWORKS as OF_TABLES
from honed.nets.cnn_spec import CnnSpec
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.spec import NetworkSpec
from honed.run.worker import Late
from honed.train import lanes, loop, program, turns
from honed.train.examples import Examples
from honed.train.programs import SHARED
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec
from honed.train.turns import Asked, Fitted

ROWS, HELD = 96, 24
NETWORKS: dict[str, Any] = {
    "table": NetworkSpec(depth=1, width=6, dropout=0.2),
    "picture": CnnSpec(channels=(4,), blocks=1, augment=("flip",)),
    "sequence": SequenceSpec(width=4),
}
# Of the largest number of an array, by which it may differ: after up to 86 epochs, and after 12 in float32.
BOUNDS = {"float64": 1e-9, "float32": 1e-3}


@functools.cache
def examples(kind: str, precision: str = "float64") -> Examples:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS, 6, 6)).astype(np.float32)
    y = (values[:, 0, 0] + values[:, 1, 1] > 0).astype(np.int32)
    networks, inputs, encoded = {
        "table": (OF_TABLES, Inputs(6, 0, (), ()), Encoded(values[:, 0], np.zeros((ROWS, 0), np.int32))),
        "picture": (
            OF_PICTURES, ImageInputs(6, 6, 1, (0.0,), (1.0,), is_float=True), Pictures(values[..., None])
        ),
        "sequence": (
            OF_SEQUENCES,
            SequenceInputs(6, 6),
            Sequences(values, np.full(ROWS, 6, np.int32), np.zeros((ROWS, 0), np.float32)),
        ),
    }[kind]  # fmt: skip
    with jax.enable_x64(precision == "float64"):
        return Examples.of(networks, inputs, encoded, y, outputs=2, precision=precision)


def asked(kind: str, seed: int, precision: str = "float64", **training: Any) -> Asked:
    """Trainings of unequal length: some stop early, and each of four has a rate of its own."""
    usual: dict[str, Any] = {
        "epochs": 6 + 40 * (seed % 3), "patience": 2 + seed % 2, "learning_rate": 0.003 * (1 + seed % 4),
        "batch_size": 16,
    }  # fmt: skip
    spec, rows = TrainingSpec(**usual | training), np.arange(ROWS, dtype=np.int32)
    return Asked(NETWORKS[kind], spec, examples(kind, precision), rows[HELD:], rows[:HELD], seed=seed)


def together(todo: list[Asked], most: int) -> list[Fitted]:
    found = dict(lanes.fit(todo, most))
    assert sorted(found) == list(range(len(todo)))
    done = []
    for number in range(len(todo)):
        one = found[number]
        assert not isinstance(one, Exception), one
        done.append(one)
    return done


def assert_same(one: Fitted, other: Fitted) -> None:
    """The same but for the last digits, and for seconds."""
    own, others = one[1], other[1]
    assert (own.best_epoch, own.steps, own.diverged, own.notes, own.batch_size) == (
        others.best_epoch, others.steps, others.diverged, others.notes, others.batch_size
    )  # fmt: skip
    curves = ("train_loss", "valid_loss", "monitored", "rate", "probe_epochs")
    pairs = [(name, getattr(own, name), getattr(others, name)) for name in curves]
    pairs += [(name, value, others.probes[name]) for name, value in own.probes.items()]
    pairs += [(name, value, other[0][name]) for name, value in one[0].items()]
    for name, value, found in pairs:
        bound = BOUNDS[str(one[0][next(iter(one[0]))].dtype)]
        assert found.shape == value.shape and found.dtype == value.dtype, name
        largest = np.abs(value[np.isfinite(value)]).max(initial=0)
        np.testing.assert_allclose(found, value, rtol=0, atol=bound * largest, err_msg=name)


@pytest.mark.parametrize(
    ("kind", "widths"), [("table", (1, 4, 16)), ("picture", (4, 16)), ("sequence", (4, 16))]
)
def test_lanes_give_what_each_training_gives_alone(kind: str, widths: tuple[int, ...]) -> None:
    todo = [asked(kind, seed) for seed in range(18)]
    alone = [loop.trained(each) for each in todo]
    assert len({len(record.train_loss) for _, record in alone}) > 2, "they end apart from each other"
    for most in widths:
        for one, other in zip(alone, together(todo, most), strict=True):
            assert_same(one, other)


def test_in_float32_the_difference_stays_small() -> None:
    todo = [asked("table", seed, "float32", epochs=12, patience=None) for seed in range(4)]
    for one, other in zip(todo, together(todo, 4), strict=True):
        assert_same(loop.trained(one), other)


def test_what_cannot_go_side_by_side_goes_one_after_the_other() -> None:
    """Other programs, other rows, and another number of them."""
    todo = [asked("table", seed) for seed in range(3)]
    todo.insert(1, asked("picture", 0))
    todo.append(replace(todo[0], train=todo[0].train[:50]))
    todo.append(replace(todo[0], valid=todo[0].train[:HELD]))
    for one, other in zip(todo, together(todo, 4), strict=True):
        assert_same(loop.trained(one), other)


def test_probes_of_lanes_are_those_of_each_alone() -> None:
    """Each at its own epochs: one begins when the others are in the middle of theirs."""
    todo = [asked("table", seed, probes="quick", epochs=30 + 80 * seed, patience=None) for seed in range(3)]
    alone = [loop.trained(each) for each in todo]
    assert len({tuple(record.probe_epochs) for _, record in alone}) == 3
    for one, other in zip(alone, together(todo, 2), strict=True):
        assert_same(one, other)


def test_a_training_that_fails_or_diverges_is_alone_in_that() -> None:
    fine = asked("table", 2, epochs=5)
    bad = {name: value * np.inf for name, value in loop.trained(fine)[0].items()}
    wrong = replace(fine, training=replace(fine.training, loss="huber"))
    found = dict(lanes.fit([fine, replace(fine, start=bad), wrong], 4))
    assert isinstance(found[2], Exception) and "huber" in str(found[2])
    for number, alone in ((0, fine), (1, replace(fine, start=bad))):
        one = found[number]
        assert not isinstance(one, Exception)
        assert one[1].diverged == (number == 1)
        assert one[1].steps == loop.trained(alone)[1].steps
    assert not isinstance(found[0], Exception)
    assert_same(loop.trained(fine), found[0])


@pytest.mark.parametrize("kind", ["picture", "sequence"])
def test_what_diverges_touches_no_other_lane(kind: str) -> None:
    """Convolutions and recurrent layers of all lanes are one product each."""
    fine = [asked(kind, seed, epochs=5) for seed in (2, 3)]
    bad = {name: np.full_like(value, np.nan) for name, value in loop.trained(fine[0])[0].items()}
    found = together([fine[0], replace(fine[0], start=bad), fine[1]], 4)
    assert [record.diverged for _, record in found] == [False, True, False]
    for one, other in zip(fine, (found[0], found[2]), strict=True):
        assert_same(loop.trained(one), other)


def test_only_those_whose_time_is_over_are_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when compiling has taken until then."""
    todo = [asked("table", seed, epochs=3) for seed in range(3)]
    todo[1] = replace(todo[1], until=time.monotonic() + 1000)
    compiled = program.compiled

    def long(*words: Any) -> Any:
        found, now = compiled(*words), time.monotonic() + 2000
        monkeypatch.setattr(turns.time, "monotonic", lambda: now)
        return found

    for one in todo:
        loop.trained(replace(one, until=None))
    monkeypatch.setattr(program, "compiled", long)
    found = dict(lanes.fit(todo, 4))
    assert isinstance(found[1], Late)
    for number in (0, 2):
        one = found[number]
        assert not isinstance(one, Exception), one
        assert one[1].steps == loop.trained(todo[number])[1].steps


def test_a_processor_that_jax_sees_as_two_devices_trains_the_same_on_the_first() -> None:
    script = f"""
import sys; sys.path[:0] = {[str(Path(__file__).parent)]!r}
import jax, numpy as np
from test_lanes import asked, loop, lanes
assert len(jax.devices()) == int(sys.argv[1])
todo = [asked("table", seed, "float32", epochs=3) for seed in range(3)]
found = dict(lanes.fit(todo, 4))
print(sum(float(np.abs(value).sum()) for number in range(3) for value in found[number][0].values()))
"""
    told = []
    for devices in (1, 2):
        flags = f"--xla_force_host_platform_device_count={devices}"
        environment = {**os.environ, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
        done = subprocess.run(
            [sys.executable, "-c", script, str(devices)], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    assert told[0] == told[1]


def test_trainings_are_asked_for_as_places_become_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "_AHEAD", 0)
    given: list[int] = []

    def source() -> Iterator[Asked]:
        for seed in range(5):
            given.append(seed)
            yield asked("table", seed, epochs=3)

    ended = []
    for number, _ in lanes.fit(source(), 1):
        ended.append(number)
        assert len(given) <= len(ended) + 1
    assert ended == list(range(5))


def test_where_memory_runs_out_there_are_fewer_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    todo, needs = [asked("table", seed, epochs=3) for seed in range(4)], list[int]()

    def check(needed: int, free: int) -> None:
        needs.append(needed)
        if len(needs) <= 2:
            raise MemoryError(f"{needed} bytes are needed")

    alone = [loop.trained(each) for each in todo]
    monkeypatch.setattr(lanes.memory, "check", check)
    for one, other in zip(alone, together(todo, 4), strict=True):
        assert_same(one, other)
    assert needs[2] < needs[1] < needs[0], "four, two and one, each with the batch that was asked for"


def test_a_batch_that_fits_in_no_lane_is_halved_as_it_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    todo = [asked("table", seed, epochs=3, batch_size=32) for seed in range(3)]
    loop.trained(todo[0])
    one = todo[0]
    structure = Setup(one.network, one.training, one.data, one.train, 0).structure()
    known = SHARED.known(program.key(structure, one.data.real), (one.data.weights,))
    assert known is not None

    def check(needed: int, free: int) -> None:
        if needed >= known.bytes:
            raise MemoryError(f"{needed} bytes are needed")

    monkeypatch.setattr(lanes.memory, "check", check)
    alone = [loop.trained(each) for each in todo]
    assert all(record.batch_size < 32 and record.notes for _, record in alone)
    for one, other in zip(alone, together(todo, 4), strict=True):
        assert_same(one, other)


def test_memory_is_foretold_by_a_program_of_fewer_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    todo = [asked("table", seed, epochs=3) for seed in range(4)]
    loop.trained(todo[0])
    one = todo[0]
    structure = Setup(one.network, one.training, one.data, one.train, 0).structure()
    known = SHARED.known(program.key(structure, one.data.real), (one.data.weights,))
    assert known is not None
    asked_for = list[int]()
    compiled = program.compiled

    def count(*words: Any) -> Any:
        asked_for.append(words[5] if len(words) > 5 else 1)
        return compiled(*words)

    monkeypatch.setattr(program, "compiled", count)
    monkeypatch.setattr(lanes.memory, "available", lambda: 3 * known.bytes)
    monkeypatch.setattr(lanes.memory, "check", lambda needed, free: None)
    together(todo, 4)
    assert set(asked_for) == {2}
