"""What sequences tell before any training."""

from __future__ import annotations

import numpy as np
from waves import waves

from honed.families.sequence.findings import findings
from honed.families.sequence.measured import Measured, of_arrays
from honed.families.sequence.source import of_arrays as source_of
from honed.findings import Finding
from honed.table.columns import Schema
from honed.table.split import split
from honed.table.target import Target

Y = np.arange(80, dtype=np.int32) % 2


SCHEMA = Schema((), Target("y", "binary", ("a", "b"), "said"), 80, 0)


def told(sequences: Measured, groups: np.ndarray | None = None) -> list[Finding]:
    source = source_of(sequences, SCHEMA, Y, groups)
    return findings(source, split(Y, "binary", groups=source.groups))


def recordings() -> Measured:
    whole = np.random.default_rng(0).normal(size=(20, 60, 2))
    return of_arrays(np.concatenate([whole[:, first : first + 30] for first in (0, 10, 20, 30)]))


def test_ordinary_sequences_have_nothing_to_tell() -> None:
    X, lengths, _ = waves(80)
    assert told(of_arrays(X, lengths=lengths)) == []
    assert source_of(of_arrays(X, lengths=lengths), SCHEMA, Y).notes == ()  # notes of arrays are warnings


def test_overlapping_windows_are_told_as_kept_together() -> None:
    (found,) = told(recordings())
    assert found.id == "overlapping-windows" and found.severity == "note"
    assert found.evidence == {"overlapping": 80, "sequences": 80, "recordings": 20}


def test_groups_that_tear_recordings_apart_are_an_error() -> None:
    found = told(recordings(), np.arange(80, dtype=np.int32))
    assert {each.id for each in found} == {"shared-samples"} and found[0].severity == "error"
    assert "share samples with training sequences" in found[0].what


def test_the_same_sequence_twice_is_told() -> None:
    X, lengths, _ = waves(80)
    X[40:], lengths[40:] = X[:40], lengths[:40]
    found = told(of_arrays(X, lengths=lengths), np.arange(80, dtype=np.int32))
    assert "same-sequences" in {each.id for each in found}
