"""What networks get of sequences: scaled by training rows alone, and nothing of what stands behind an end."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from waves import listed, table, waves

from honed.errors import InputError
from honed.families.sequence.encoder import SequenceEncoder, Static
from honed.families.sequence.layout import of_table
from honed.families.sequence.long import of_frame
from honed.families.sequence.measured import Measured, lengthened, of_arrays
from honed.typed import Misfit


def learned(sequences: Measured, count: int = 20) -> SequenceEncoder:
    return SequenceEncoder.of(sequences[:count], Static.of(sequences))


def test_channels_are_scaled_by_the_steps_of_training_rows_alone() -> None:
    sequences = of_arrays(listed(30)[0])
    encoder = learned(sequences)
    steps = np.concatenate(listed(30)[0][:20])
    np.testing.assert_allclose(encoder.mean, steps.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(encoder.spread, steps.std(axis=0), rtol=1e-5)
    found = encoder.encode(sequences)
    within = sequences.is_within()
    wanted = (sequences.values - steps.mean(axis=0)) / steps.std(axis=0)
    np.testing.assert_allclose(found.values[within], wanted[within], atol=1e-5)
    assert (found.values[~within] == 0).all() and found.present is None
    assert encoder.inputs.is_ragged and encoder.inputs.time == 24


def test_more_padding_changes_nothing_but_the_array() -> None:
    sequences = of_arrays(listed(30)[0])
    encoder = learned(sequences)
    one, two = encoder.encode(sequences), encoder.encode(lengthened(sequences, 99))
    np.testing.assert_array_equal(two.values[:, :24], one.values)
    assert not two.values[:, 24:].any() and learned(lengthened(sequences, 99)).mean == encoder.mean


def test_what_was_not_measured_is_0_and_said_so() -> None:
    X, lengths, _ = waves(20)
    X[3, 2:5, 1] = np.nan
    sequences = of_arrays(X, lengths=lengths)
    found = learned(sequences).encode(sequences)
    assert found.present is not None and not found.present[3, 2:5, 1].any() and found.present[3, 2:5, 0].all()
    assert not found.values[3, 2:5, 1].any()
    np.testing.assert_array_equal(found.present.any(axis=2).sum(axis=1), lengths)
    assert np.isfinite(learned(sequences).mean).all()


def test_what_is_missing_beside_a_sequence_has_a_number_of_its_own() -> None:
    frame = table(20).with_columns(age=pl.when(pl.col("who") == "p003").then(None).otherwise("age"))
    rows = frame["who"].cast(pl.Categorical).to_physical().to_numpy()
    layout, _ = of_table(frame, "who", "second", rows, ["speed"], [], "t")
    found = of_frame(frame, layout, "t")
    encoder = SequenceEncoder.of(found.sequences, Static.of(found.sequences, layout))
    encoded = encoder.encode(frame)
    place = found.names.index("p003")
    assert (
        encoder.inputs.beside == encoded.beside.shape[1] == 4
    )  # two sites, the age, and whether it is missing
    assert encoded.beside[:, -1].nonzero()[0].tolist() == [place] and encoded.beside[place, 2] == 0
    np.testing.assert_allclose(encoded.beside[:, 2].sum(), 0, atol=1e-4)
    assert SequenceEncoder.from_json(json.loads(json.dumps(encoder.to_json())), "encoder") == encoder
    with pytest.raises(InputError, match="Give a table with the columns who, second, height"):
        encoder.encode(of_arrays(np.zeros((2, 9, 1))))


def test_other_channels_than_those_of_training_are_refused() -> None:
    encoder = learned(of_arrays(listed(30)[0]))
    with pytest.raises(
        InputError, match="have 3 channels and 0 numbers beside, and the network was trained with 2"
    ):
        encoder.encode(of_arrays(np.zeros((2, 9, 3))))
    with pytest.raises(InputError, match="X is a table"):
        encoder.encode(table())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mean": [0.0]}, "mean holds 1 numbers"),
        ({"spread": [1.0, 0.0]}, "spread has one that is not above 0"),
        ({"gaps_beside": [0]}, "gaps_beside names a number that is not there"),
        ({"inputs": {"time": 0, "channels": 2}}, "inputs.time is 0"),
    ],
)
def test_a_damaged_encoder_is_refused(changed: dict[str, Any], words: str) -> None:
    document = learned(of_arrays(listed(30)[0])).to_json()
    with pytest.raises(Misfit, match=words):
        SequenceEncoder.from_json(document | changed, "encoder")
