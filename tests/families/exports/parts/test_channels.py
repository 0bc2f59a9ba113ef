"""Sequences for PyTorch are scaled as those that a network of honed sees."""

from __future__ import annotations

import numpy as np
import pytest
from untrained_models import encoders, even, uneven

from honed.families.exports.parts.channels import Channels
from honed.families.sequence.measured import Measured


@pytest.mark.parametrize("rows", [even(), uneven()])
def test_sequences_are_scaled_as_by_honed(rows: Measured) -> None:
    encoder = encoders(rows)[0]
    inputs = encoder.inputs
    own = Channels(encoder.mean, encoder.spread, inputs.channels, inputs.has_gaps, encoder.static.gaps_beside)
    values, lengths, beside = own.encode(rows.values, rows.lengths, rows.beside)
    wanted = encoder.encode(rows)
    seen = wanted.values
    if wanted.present is not None:
        seen = np.concatenate([seen, wanted.present], axis=-1)
    np.testing.assert_array_equal(values, seen)
    np.testing.assert_array_equal(lengths, wanted.lengths)
    np.testing.assert_array_equal(beside, wanted.beside)
    assert (values.dtype, lengths.dtype, beside.dtype) == (np.float32, np.int64, np.float32)
