"""Parts that are told, from which share on, and as how severe."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from honed.families.both_sides import (
    Part,
    Repeated,
    on_both_sides,
    repeated_cases,
    repeated_rows,
    said_of_repeated,
)
from honed.search.options import Options
from honed.table.split import split

COUNT = 2_000
SPLITS = split(np.arange(COUNT) % 2, "binary")


def told(validation: int, final: int) -> list[Part]:
    """Where so many of the first rows of each part are on both sides."""
    first = {len(SPLITS.folds[0].valid): validation, len(SPLITS.outer): final}
    return list(on_both_sides(SPLITS, COUNT, lambda rows, seen: rows[: first[len(rows)]]))


def test_each_part_is_held_against_what_was_learned_before_it() -> None:
    validation, final = told(100, 100)
    assert (validation.name, final.name) == ("validation", "final score")
    assert np.array_equal(validation.seen, SPLITS.folds[0].train)
    assert np.array_equal(np.sort(np.concatenate([final.seen, final.rows])), np.arange(COUNT))
    assert np.array_equal(final.both, SPLITS.outer[:100]) and final.share == 100 / len(SPLITS.outer)


@pytest.mark.parametrize(("share", "severity"), [(0.011, "note"), (0.051, "warning"), (0.51, "error")])
def test_the_larger_the_share_the_more_severe(share: float, severity: str) -> None:
    (found,) = told(0, round(share * len(SPLITS.outer)) + 1)
    assert found.severity == severity


def test_less_than_a_hundredth_is_borne() -> None:
    assert told(1, int(0.009 * len(SPLITS.outer))) == []


def test_rows_that_chance_repeats_stay() -> None:
    few, one = np.arange(20, dtype=np.uint64) % 4, np.array([2, 9], np.uint64)
    assert not repeated_rows(few, one, Options("t", "y")).count
    assert (
        repeated_rows(np.arange(20, dtype=np.uint64), np.array([2, 99], np.uint64), Options("t", "y")).count
        == 1
    )


def test_cases_are_repeated_whose_data_and_target_are() -> None:
    keys = np.array([*range(10), 3, 4, 99], np.uint64)
    target = pl.Series("y", [*map(str, range(10)), "3", "other", "99"])
    found = repeated_cases(keys, target, 10, Options("t", "y", valid="v"), "picture")
    assert found.is_one.tolist() == [True, False, False] and found.count == 1


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "Left out 1 picture of v that is one of t too"), (3, "Left out 3 pictures of v that are")],
)
def test_what_is_left_out_is_counted(count: int, said: str) -> None:
    repeated = Repeated(np.ones(count, bool), count)
    assert said_of_repeated(repeated, Options("t", "y", valid="v"), "picture").startswith(said)


def test_nothing_is_repeated_of_no_rows() -> None:
    nothing = np.zeros(0, np.uint64)
    assert repeated_rows(nothing, np.arange(3, dtype=np.uint64), Options("t", "y")).count == 0
