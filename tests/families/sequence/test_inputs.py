from __future__ import annotations

import json
from typing import Any

import jax
import numpy as np
import pytest

from honed.families.sequence.inputs import SequenceInputs, Sequences
from honed.typed import Misfit

INPUTS = SequenceInputs(12, 3, 2, is_ragged=True)


def test_inputs_come_back_from_json_and_are_equal_values() -> None:
    assert SequenceInputs.from_json(json.loads(json.dumps(INPUTS.to_json()))) == INPUTS
    assert hash(SequenceInputs.from_json(INPUTS.to_json())) == hash(INPUTS)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"time": 0}, "inputs.time is 0"),
        ({"channels": 0}, "inputs.channels is 0"),
        ({"beside": -1}, "inputs.beside is -1"),
        ({"is_ragged": 1}, "inputs.is_ragged"),
    ],
)
def test_what_no_network_could_take_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(Misfit, match=words):
        SequenceInputs.from_json(INPUTS.to_json() | changed)


def test_rows_of_sequences_are_taken_as_a_tree_with_or_without_gaps() -> None:
    whole = Sequences(
        np.zeros((4, 12, 3), np.float32), np.arange(1, 5, dtype=np.int32), np.zeros((4, 2), np.float32)
    )
    taken = jax.tree.map(lambda part: part[1:3], whole)
    assert taken.present is None and taken.lengths.tolist() == [2, 3]
    gaps = whole._replace(present=np.ones((4, 12, 3), bool))
    assert jax.tree.map(lambda part: part[1:3], gaps).present.shape == (2, 12, 3)
