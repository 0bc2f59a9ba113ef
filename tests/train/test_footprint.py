"""The memory of a lane as shapes foretell it, beside what the compiler makes of the program."""

from __future__ import annotations

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
from honed.train import footprint, program
from honed.train.examples import Examples
from honed.train.packing import Packing
from honed.train.parts import Stream
from honed.train.programs import Programs, own_rules
from honed.train.setup import Setup
from honed.train.spec import TrainingSpec

FACTOR = 2.0  # that honed.train.footprint states


def examples(shape: tuple[int, ...], rows: int) -> Examples:
    """Rows of a table, pictures or sequences, by how many numbers a shape has."""
    values, y = np.zeros((rows, *shape), np.float32), np.arange(rows, dtype=np.int32) % 3
    made: dict[int, Any] = {
        1: lambda: (OF_TABLES, Inputs(shape[0], 0, (), ()), Encoded(values, np.zeros((rows, 0), np.int32))),
        2: lambda: (
            OF_SEQUENCES,
            SequenceInputs(shape[0], shape[1]),
            Sequences(values, np.full(rows, shape[0], np.int32), np.zeros((rows, 0), np.float32)),
        ),
        3: lambda: (
            OF_PICTURES,
            ImageInputs(shape[0], shape[1], shape[2], (0.0,), (1.0,), is_float=True),
            Pictures(values),
        ),
    }
    networks, inputs, encoded = made[len(shape)]()
    return Examples.of(networks, inputs, encoded, y, outputs=3)


def compiled_bytes(setup: Setup, lanes: int) -> float:
    """What the compiler says that each of so many lanes takes, arguments of their own included."""
    owner, data = Programs(), setup.data
    with own_rules(data.real):
        structure, started = setup.structure(), setup.started()
        packing = Packing.of(started, data.networks.role)
        state = program.start(structure, packing.pack(started, np), owner)
        valid, part = np.arange(20, dtype=np.int32), setup.part(0)
        call = program.Call(
            setup.table(structure, valid),
            setup.knobs(len(valid)),
            setup.orders(structure, [part], Stream(0, setup.train)),
            setup.factors(structure, 0, part),
            np.uint32(0),
            np.int32(1),
        )
        shared = sum(leaf.nbytes for leaf in jax.tree.leaves(call.data))
        state, call = program.stacked([state] * lanes), program.side_by_side([call] * lanes)
        said: Any = program.compiled(owner, structure, packing, state, call, lanes).call.memory_analysis()
    own = said.argument_size_in_bytes - shared
    return (own + said.output_size_in_bytes + said.temp_size_in_bytes) / lanes


@pytest.mark.parametrize(
    ("network", "shape", "rows", "training"),
    [
        (NetworkSpec(depth=3, width=64, dropout=0.1), (20,), 2_000, {}),
        (NetworkSpec(depth=2, width=128, normalization="batch"), (8,), 6_000, {"batch_size": 64}),
        (NetworkSpec(depth=1, width=8), (4,), 100, {"optimizer": "sgd"}),
        (CnnSpec(channels=(8, 16), blocks=1), (16, 16, 1), 500, {}),
        (CnnSpec(channels=(8,), blocks=2, normalization="batch"), (12, 12, 3), 500, {"weight_average": 0.9}),
        (SequenceSpec(width=16), (40, 3), 500, {}),
        (SequenceSpec(width=16, cell="lstm", bidirectional=True), (30, 2), 500, {}),
        (SequenceSpec(width=16, layers=0, blocks=2), (40, 3), 500, {}),
    ],
)
def test_the_foretold_memory_is_near_what_the_compiler_takes(
    network: Any, shape: tuple[int, ...], rows: int, training: dict[str, Any]
) -> None:
    data, spec = examples(shape, rows), TrainingSpec(epochs=3, learning_rate=0.01, **training)
    foretold = footprint.of_lane(data.networks, network, spec, data.inputs, 3, rows)
    setup = Setup(network, spec, data, np.arange(20, rows, dtype=np.int32), 0)
    taken = compiled_bytes(setup, 4)
    assert taken / FACTOR < foretold < taken * FACTOR, f"{foretold / taken:.2f}"
