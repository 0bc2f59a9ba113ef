"""Windows of one recording are found by the samples that they share."""

from __future__ import annotations

import numpy as np
import pytest

from honed.families.sequence.measured import Measured, of_arrays
from honed.families.sequence.shared import parts


def windows(
    step: int, time: int = 40, recordings: int = 5, count: int = 6, seed: int = 0
) -> tuple[Measured, np.ndarray]:
    rng = np.random.default_rng(seed)
    found, whose = [], []
    for recording in range(recordings):
        whole = rng.normal(size=(time + step * (count - 1), 3))
        found += [whole[first * step : first * step + time] for first in range(count)]
        whose += [recording] * count
    order = rng.permutation(len(found))
    return of_arrays(np.array(found)[order]), np.array(whose)[order]


def as_sets(codes: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(np.flatnonzero(codes == code).tolist()) for code in np.unique(codes)}


@pytest.mark.parametrize("step", [1, 7, 20, 32])
def test_overlapping_windows_are_of_one_recording_in_any_order(step: int) -> None:
    sequences, whose = windows(step)
    assert as_sets(parts(sequences)) == as_sets(whose)


def test_windows_side_by_side_are_apart() -> None:
    sequences, _ = windows(40)
    assert len(np.unique(parts(sequences))) == len(sequences)


def test_windows_of_unequal_length_and_one_within_another_are_found() -> None:
    whole = np.random.default_rng(0).normal(size=(60, 2))
    other = np.random.default_rng(1).normal(size=(30, 2))
    found = parts(of_arrays([whole[:40], other, whole[25:60], whole[3:20]]))
    assert as_sets(found) == {(0, 2, 3), (1,)}


def test_neither_rest_nor_short_codes_join_what_does_not_belong_together() -> None:
    rng = np.random.default_rng(0)
    rest = np.zeros((50, 40, 2))
    rest[:, :10] = rng.normal(size=(50, 10, 2))
    assert len(np.unique(parts(of_arrays(rest)))) == 50
    codes = np.eye(4)[rng.integers(0, 4, (400, 30))]
    assert len(np.unique(parts(of_arrays(codes)))) == 400
    assert len(np.unique(parts(of_arrays(np.ones((5, 2, 1)))))) == 5
