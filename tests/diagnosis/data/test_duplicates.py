"""Copies on both sides of a split are found; twins by chance are not."""

import numpy as np
import pytest

from honed.diagnosis.data.duplicates import duplicate_rows

RNG = np.random.default_rng(0)


def table(rows: int) -> dict:
    return {"y": RNG.normal(size=rows), "a": RNG.normal(size=rows), "b": RNG.integers(0, 50, rows)}


def with_copies(cells: dict, sources, places) -> dict:
    copied = {name: np.array(column) for name, column in cells.items()}
    for column in copied.values():
        column[places] = column[sources]
    return copied


@pytest.mark.parametrize(("copies", "severity"), [(2, "note"), (10, "warning"), (60, "error")])
def test_copies_of_training_rows_are_found_with_their_rows(case_of, copies, severity):
    places = np.arange(0, 5 * copies, 5)  # every fifth row validates
    (found,) = duplicate_rows(case_of(with_copies(table(500), places + 1, places)))
    assert found.severity == severity
    assert found.evidence["twins"] == copies
    assert found.evidence["first"] == [int(place) + 1 for place in places[:20]]


def test_copies_among_the_rows_of_the_final_score_are_named_so(case_of):
    cells = with_copies(table(500), np.arange(100, 150), np.arange(50))
    case = case_of(cells, train=np.arange(100, 450), valid=np.arange(450, 500), outer=np.arange(100))
    (found,) = duplicate_rows(case)
    assert (found.evidence["part"], found.evidence["share"]) == ("outer", 0.5)


def test_a_row_with_another_target_is_no_copy(case_of):
    cells = with_copies(table(500), np.arange(1, 500, 5), np.arange(0, 500, 5))
    assert not duplicate_rows(case_of({**cells, "y": RNG.normal(size=500)}))


def test_coarse_columns_have_twins_by_chance(case_of):
    cells = {"y": RNG.choice(["p", "q"], 500), "a": RNG.integers(0, 3, 500), "b": RNG.choice(["u", "v"], 500)}
    assert not duplicate_rows(case_of(cells))


def test_copies_that_no_split_tears_apart_are_a_note(case_of):
    cells = with_copies(table(500), np.arange(1, 100), np.arange(101, 200))
    case = case_of(cells, train=np.arange(400), valid=np.arange(400, 500))
    (found,) = duplicate_rows(case)
    assert (found.severity, found.evidence["twins"]) == ("note", 99)


def test_rows_that_names_tell_apart_are_no_copies(case_of):
    """What the network sees is coarse, and the people are others."""
    rng = np.random.default_rng(0)
    names = [
        f"{rng.choice(['Ann', 'Bo', 'Cy', 'Di', 'Ed'])} {rng.integers(10**6):x} {row}" for row in range(400)
    ]
    code = rng.integers(0, 60, 400)
    cells = {"a": code + 0.5, "b": 7 * code % 60 + 0.5, "y": code / 7}
    assert duplicate_rows(case_of(cells))
    assert not duplicate_rows(case_of({"name": names, **cells}))
    assert duplicate_rows(case_of({"row": [f"row_{row}" for row in range(400)], **cells}))
