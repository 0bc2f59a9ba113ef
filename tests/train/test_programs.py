"""What was compiled has an owner, that compiles once and lets go when it is closed."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from waves import waves

from honed.device import CPU, PRECISIONS, Device, Precision
from honed.encode.encoder import Encoded, Inputs
from honed.families.image.inputs import ImageInputs, Pictures
from honed.families.image.networks import NETWORKS as PICTURES
from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.measured import of_arrays
from honed.families.sequence.networks import NETWORKS as SEQUENCES
from honed.families.table.networks import NETWORKS
from honed.nets.cnn_spec import CnnSpec
from honed.nets.sequence_spec import SequenceSpec
from honed.nets.spec import NetworkSpec
from honed.run import memory
from honed.train import loop, programs
from honed.train.examples import Examples
from honed.train.lanes import fit as side_by_side
from honed.train.optimizer import update_rule
from honed.train.packing import Packing
from honed.train.programs import Programs
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec
from honed.train.turns import Asked

NUMBERS = np.arange(3.0, dtype=np.float32)


def maker(made: list[str], factor: float = 2.0) -> Callable[[], Callable[..., Any]]:
    """Makes a function that multiplies, and writes down that it was asked to."""

    def make() -> Callable[..., Any]:
        made.append("made")
        return lambda values: values * factor

    return make


def examples() -> Examples:
    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
    rows = Encoded(X, np.zeros((40, 0), np.int32))
    return Examples.of(NETWORKS, Inputs(3, 0, (), ()), rows, X[:, 0], outputs=1)


def test_a_program_is_compiled_for_where_its_rows_lie_and_knows_how_much_is_free_there() -> None:
    data = examples()
    program = Programs().compile("mean", lambda: jnp.mean, (data.weights,))
    assert program.place == data.place == jax.devices("cpu")[0]
    assert 0 < programs.room(program.place) <= memory.free()
    program.check()
    with pytest.raises(MemoryError, match="are needed and"):
        replace(program, bytes=2 * memory.free()).check()


def test_a_program_is_compiled_once_and_costs_nothing_again() -> None:
    made, owner = [], Programs()
    first, second = (owner.compile("twice", maker(made), (NUMBERS,)) for _ in range(2))
    assert made == ["made"] and len(owner) == 1
    np.testing.assert_array_equal(second.call(NUMBERS), 2 * NUMBERS)
    assert first.seconds > 0 == second.seconds
    assert first.bytes == second.bytes >= NUMBERS.nbytes


def test_another_key_is_another_program_and_another_owner_has_its_own() -> None:
    made, owner, other = [], Programs(), Programs()
    owner.compile("twice", maker(made), (NUMBERS,))
    thrice = owner.compile("thrice", maker(made, 3.0), (NUMBERS,))
    other.compile("twice", maker(made), (NUMBERS,))
    np.testing.assert_array_equal(thrice.call(NUMBERS), 3 * NUMBERS)
    assert (len(owner), len(other), len(made)) == (2, 1, 3)


def test_another_precision_of_products_is_another_program() -> None:
    made, owner = [], Programs()
    for device in (CPU, Device("gpu"), Device("gpu", "tensorfloat32"), Device("gpu"), CPU):
        with programs.own_rules(np.dtype(np.float32), device):
            owner.compile("twice", maker(made), (NUMBERS,))
    assert len(owner) == len(made) == 3


def test_closed_it_holds_nothing_and_compiles_anew() -> None:
    made, owner = [], Programs()
    owner.compile("twice", maker(made), (NUMBERS,))
    owner.close()
    assert len(owner) == 0
    assert owner.compile("twice", maker(made), (NUMBERS,)).seconds > 0
    assert len(made) == 2


def test_the_oldest_go_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_MOST_PROGRAMS", 2)
    made, owner = [], Programs()
    for key in "abc":
        owner.compile(key, maker(made), (NUMBERS,))
    assert len(owner) == 2
    owner.compile("c", maker(made), (NUMBERS,))
    assert len(made) == 3
    owner.compile("a", maker(made), (NUMBERS,))
    assert len(made) == 4


def test_a_second_training_of_the_same_shapes_compiles_nothing() -> None:
    everything, owner = np.arange(40, dtype=np.int32), Programs()
    found = [
        loop.fit(
            NetworkSpec(depth=0),
            TrainingSpec(epochs=2, learning_rate=rate),
            examples(),
            everything[8:],
            everything[:8],
            programs=owner,
        )
        for rate in (0.01, 0.1)
    ]
    count = len(owner)
    assert count > 0
    assert [record.compile_seconds > 0 for _, record in found] == [True, False]
    owner.close()
    assert len(owner) == 0


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "lion"])
def test_the_memory_before_the_first_step_is_that_of_the_rule(optimizer: str) -> None:
    training = TrainingSpec(optimizer=optimizer, momentum=0.9 if optimizer == "sgd" else 0.0)
    setup = Setup(NetworkSpec(depth=0), training, examples(), np.arange(40), 0)
    structure, params = setup.structure(), setup.started()
    packed = Packing.of(params, NETWORKS.role).pack(params, np)
    got = setup.programs.memory(structure, packed)
    rule = update_rule(optimizer, bool(training.momentum), False, False, setup.knobs())
    wanted = rule.init({role: jnp.asarray(value) for role, value in packed.items()})
    assert jax.tree.structure(got) == jax.tree.structure(wanted)
    jax.tree.map(np.testing.assert_array_equal, got, wanted)


def test_the_oldest_memories_go_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    traced, owner, rule = [], Programs(), programs.rule
    monkeypatch.setattr(programs, "_MOST_PROGRAMS", 2)
    monkeypatch.setattr(programs, "rule", lambda s, knobs: traced.append(s.optimizer) or rule(s, knobs))
    for optimizer in ("sgd", "adam", "lion", "adam", "sgd"):
        setup = Setup(NetworkSpec(depth=0), TrainingSpec(optimizer=optimizer), examples(), np.arange(40), 0)
        owner.memory(setup.structure(), Packing.of(setup.started(), NETWORKS.role).pack(setup.started(), np))
    assert traced == ["sgd", "adam", "lion", "sgd"]


def test_a_users_own_rules_of_jax_come_back_afterwards() -> None:
    whole, half = jnp.arange(2), np.float32(0.5)
    with jax.debug_nans(True), jax.numpy_dtype_promotion("strict"):
        with programs.own_rules(np.dtype(np.float64)):
            assert float((whole + half).sum()) == 2  # strict promotion refuses this
            assert jnp.zeros(1).dtype == np.float64
            assert np.isnan(jnp.log(jnp.asarray(-1.0)))
        with pytest.raises(ValueError, match="promotion"):
            _ = whole + half
        with pytest.raises(FloatingPointError):
            jnp.log(jnp.asarray(-1.0))
        assert jnp.zeros(1).dtype == np.float32


class Lowered(Exception):
    """What a program is for one of NVIDIA's GPUs, as text; with it a training ends."""


class Lowering(Programs):
    """Lowers for such a GPU in place of compiling, which needs none."""

    def compile(self, key: Hashable, make: Callable[[], Any], args: tuple[object, ...]) -> Any:
        lowered = jax.jit(make()).trace(*args).lower(lowering_platforms=("cuda",))
        raise Lowered(lowered.as_text())


def digits() -> Examples:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1)).astype(np.uint8)
    inputs = ImageInputs(8, 8, 1, (127.0,), (70.0,))
    return Examples.of(PICTURES, inputs, Pictures(pixels), np.arange(40, dtype=np.int32) % 2, outputs=2)


def series() -> Examples:
    X, lengths, y = waves(40)
    rows = of_arrays(X, lengths=lengths)
    encoder = SequenceEncoder.of(rows, Static.of(rows))
    return Examples.of(SEQUENCES, encoder.inputs, encoder.encode(rows), y.astype(np.int32), outputs=2)


_PRODUCT = re.compile(r"stablehlo\.(dot_general|convolution)\b")
FAMILIES: dict[str, tuple[Callable[[], Examples], Any]] = {
    "table": (examples, NetworkSpec(depth=2, width=5, numeric_embedding="periodic", dropout=0.1)),
    "pictures": (digits, CnnSpec(channels=(6, 6), blocks=1, stride=2, augment=("flip",), hidden_sizes=(4,))),
    "sequences": (series, SequenceSpec(cell="gru", width=5, blocks=1, kernel_size=3)),
}


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_trainings_of_every_family_are_programs_for_gpus_in_the_precision_asked_for(
    family: str, precision: Precision, lanes: int
) -> None:
    make, network = FAMILIES[family]
    data = replace(make(), device=Device("gpu", precision))
    training = TrainingSpec(epochs=2, learning_rate=0.01, batch_size=8, probes="usual")
    rows = np.arange(8, 40, dtype=np.int32), np.arange(8, dtype=np.int32)
    asked = [Asked(network, training, data, *rows, seed=seed, programs=Lowering()) for seed in range(lanes)]
    ended = [outcome for _, outcome in side_by_side(asked, lanes)]
    assert len(ended) == lanes and all(isinstance(outcome, Lowered) for outcome in ended)
    products = [line for line in str(ended[0]).splitlines() if (_PRODUCT.search(line))]
    kinds = {match[1] for line in products if (match := _PRODUCT.search(line))}
    assert kinds == ({"dot_general"} if family == "table" else {"dot_general", "convolution"})
    named = {"float32": "HIGHEST", "tensorfloat32": "HIGH"}[precision]
    assert [set(re.findall(r"\b(DEFAULT|HIGH|HIGHEST)\b", line)) for line in products] == [{named}] * len(
        products
    )
