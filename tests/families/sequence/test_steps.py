"""Steps that a long table lacks, by the times of the others."""

from __future__ import annotations

import numpy as np
import pytest

from honed.families.sequence.steps import places, spacing


def since(*sequences: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Of times by sequence the time since the row before, and the number of each row's sequence."""
    apart = np.concatenate([np.diff(times, prepend=np.nan) for times in sequences])
    return apart, np.repeat(np.arange(len(sequences)), [len(times) for times in sequences])


FULL = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5]


def test_a_step_that_lacks_is_known_by_the_others() -> None:
    apart, rows = since(FULL, [10.0, 10.5, 12.0, 12.5])
    found, (note,) = spacing(apart, rows, "t")
    assert found == 0.5
    assert (
        "'t' are evenly apart, by which 2 steps of 1 sequence are missing: nothing was measured there."
        in note
    )
    assert places(apart, rows, found).tolist() == [*range(8), 0, 1, 4, 5]


def test_times_may_jitter_and_months_are_one_step() -> None:
    rng = np.random.default_rng(0)
    jittered, rows = since(list(np.arange(40) + rng.uniform(-0.1, 0.1, 40)))
    assert spacing(jittered, rows, "t")[1] == []
    assert places(jittered, rows, spacing(jittered, rows, "t")[0]).tolist() == list(range(40))
    first = np.arange("2025-01", "2026-07", dtype="datetime64[M]").astype("datetime64[s]").astype(float)
    months, rows = since(list(np.delete(first, 7)))
    found, (note,) = spacing(months, rows, "month")
    assert "1 step of 1 sequence is missing" in note
    assert places(months, rows, found).tolist() == [*range(7), *range(8, 18)]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ([float(day) for day in range(60) if day % 7 < 5], "up to 3 times as far as most"),  # a calendar
        ([0.0, 1.0, 2.0, 3.4, 4.4, 5.0, 9.0], "up to 4 times as far"),
    ],
)
def test_where_many_lack_or_there_is_no_grid_the_order_counts(times: list[float], said: str) -> None:
    apart, rows = since(times)
    found, (note,) = spacing(apart, rows, "t")
    assert found is None and said in note and "add a column that says how much it is" in note
    assert places(apart, rows, found).tolist() == list(range(len(times)))


def test_steps_of_about_the_same_distance_need_no_word() -> None:
    apart, rows = since([0.0, 1.0, 2.0, 3.4, 4.4, 5.4])
    assert spacing(apart, rows, "t") == (None, [])


def test_a_sequence_that_lacks_most_is_taken_in_its_order() -> None:
    apart, rows = since([0.0, 0.5, 1e9], [0.0, 0.5, 1.5])
    assert places(apart, rows, 0.5).tolist() == [0, 1, 2, 0, 1, 3]
    assert places(None, rows, None).tolist() == [0, 1, 2, 0, 1, 2]
