"""What training may ask of the networks for sequences."""

from __future__ import annotations

from typing import get_args

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from waves import waves

from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.measured import Measured, lengthened, of_arrays
from honed.families.sequence.networks import NETWORKS
from honed.family import STEPS, Networks, Parameters, Role
from honed.nets.sequence_spec import SequenceSpec

SPECS = {
    "gru": SequenceSpec(width=5, dropout=0.3),
    "everything": SequenceSpec(
        cell="lstm", layers=2, width=4, bidirectional=True, blocks=2, kernel_size=3, stride=2, random_kernels=16,
        pooling="attention", hidden_sizes=(6,), dropout=0.2, input_dropout=0.1,
    ),
}  # fmt: skip


def gappy() -> Measured:
    """Sequences of unequal length, some numbers of which are missing, with one beside each."""
    X, lengths, _ = waves(30)
    X[::4, 3:6, 1] = np.nan
    found = of_arrays(X, lengths=lengths)
    return Measured(found.values, found.lengths, np.arange(30, dtype=np.float32)[:, None])


ENCODER = SequenceEncoder.of(gappy(), Static.of(gappy()))
INPUTS, ROWS = ENCODER.inputs, ENCODER.encode(gappy())


def start(spec: SequenceSpec) -> Parameters:
    family: Networks = NETWORKS
    return family.start(spec, INPUTS, 3, ROWS, 0)


@pytest.mark.parametrize("name", SPECS)
def test_layers_roles_and_places_of_dropout_fit_the_arrays(name: str) -> None:
    spec, asked = SPECS[name], set[int]()
    params = start(spec)
    assert {NETWORKS.role(each) for each in params} <= set(get_args(Role))
    assert {layer.weight for layer in NETWORKS.layers(spec)} <= set(params)
    assert {each: value.shape for each, value in params.items()} == NETWORKS.shapes(spec, INPUTS, 3)
    assert NETWORKS.cost(spec, INPUTS, 3) > 1000

    def keep(place: int, values: np.ndarray) -> np.ndarray:
        asked.add(place)
        return values

    NETWORKS.apply(params, spec, INPUTS, ROWS, dropout=keep)
    steps = {STEPS + number for number, layer in enumerate(NETWORKS.layers(spec)) if layer.is_recurrent}
    assert asked == set(NETWORKS.dropouts(spec)) | steps


@pytest.mark.parametrize("name", SPECS)
def test_more_padding_and_other_rows_change_no_prediction(name: str) -> None:
    spec, params = SPECS[name], start(SPECS[name])
    whole = NETWORKS.predict(params, spec, INPUTS, ROWS)
    longer = ENCODER.encode(lengthened(gappy(), 70))
    np.testing.assert_array_equal(NETWORKS.predict(params, spec, INPUTS, longer), whole)
    alone = ENCODER.encode(gappy()[7:8])
    np.testing.assert_array_equal(NETWORKS.predict(params, spec, INPUTS, alone), whole[7:8])
    assert whole.shape == (30, 3)


def test_a_program_answers_as_prediction_does() -> None:
    spec, params = SPECS["gru"], start(SPECS["gru"])
    told = jax.jit(lambda rows: NETWORKS.apply(params, spec, INPUTS, rows, jnp))(ROWS)
    np.testing.assert_allclose(told, NETWORKS.predict(params, spec, INPUTS, ROWS), atol=1e-4)


def test_a_network_sees_what_was_not_measured_and_what_is_beside() -> None:
    spec, params = SPECS["gru"], start(SPECS["gru"])
    whole = NETWORKS.predict(params, spec, INPUTS, ROWS)
    assert ROWS.present is not None
    present = ROWS.present.copy()
    present[1, 0] = False
    assert (NETWORKS.predict(params, spec, INPUTS, ROWS._replace(present=present)) != whole).any(
        axis=1
    ).nonzero()[0].tolist() == [1]
    beside = ROWS.beside.copy()
    beside[2] += 1
    assert (NETWORKS.predict(params, spec, INPUTS, ROWS._replace(beside=beside)) != whole).any(
        axis=1
    ).nonzero()[0].tolist() == [2]


def test_shorter_sequences_than_all_of_training_are_still_ended() -> None:
    X = waves(12)[0]
    whole = of_arrays(X)
    encoder = SequenceEncoder.of(whole, Static.of(whole))
    assert not encoder.inputs.is_ragged
    spec = SPECS["gru"]
    params = NETWORKS.start(spec, encoder.inputs, 2, encoder.encode(whole), 0)
    short, cut = of_arrays(X, lengths=[9] * 12), of_arrays(X[:, :9])
    one, two = (NETWORKS.predict(params, spec, encoder.inputs, encoder.encode(rows)) for rows in (short, cut))
    np.testing.assert_array_equal(one, two)


def test_what_only_a_start_needs_is_no_part_of_a_program() -> None:
    one = SequenceSpec(memory=50, recurrent_start="identity", dropout=0.2)
    assert NETWORKS.structure(one) == NETWORKS.structure(SequenceSpec())
    assert NETWORKS.structure(SequenceSpec(cell="lstm")) != NETWORKS.structure(SequenceSpec())
