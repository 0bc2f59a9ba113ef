"""Rows from another source are told apart, and the columns that differ named."""

import numpy as np

from honed.diagnosis.data.shift import train_validation_shift

RNG = np.random.default_rng(0)
IS_VALID = np.arange(1000) % 5 == 0


def table() -> dict:
    return {name: RNG.normal(size=1000) for name in ("y", "a", "b")}


def test_rows_of_one_source_are_alike(case_of):
    assert not train_validation_shift(case_of(table()))


def test_a_moved_column_is_named(case_of):
    cells = table()
    cells["b"] = cells["b"] + 1.5 * IS_VALID
    (found,) = train_validation_shift(case_of(cells))
    assert found.severity == "warning"
    assert list(found.evidence["columns"]) == ["b"]


def test_a_moved_target_is_named_too(case_of):
    cells = table()
    cells["y"] = cells["y"] + 1.5 * IS_VALID
    (found,) = train_validation_shift(case_of(cells))
    assert list(found.evidence["columns"]) == ["y"]


def test_cells_missing_in_one_part_are_a_shift(case_of):
    cells = table()
    cells["a"] = np.where(IS_VALID & (RNG.random(1000) < 0.8), np.nan, cells["a"])
    (found,) = train_validation_shift(case_of(cells))
    assert list(found.evidence["columns"]) == ["a"]


def test_a_shift_that_only_columns_together_show(case_of):
    cells = table()
    cells["b"] = np.where(IS_VALID, -1.0, 1.0) * cells["a"] + 0.05 * RNG.normal(size=1000)
    (found,) = train_validation_shift(case_of(cells))
    assert found.evidence["columns"] == {}
    assert "no column differs by itself" in found.what


def test_groups_kept_whole_are_no_shift(case_of):
    group = np.arange(1000) // 20
    place = RNG.normal(size=50)[group]
    cells = {"y": RNG.normal(size=1000), "place": place, "a": RNG.normal(size=1000), "who": group.astype(str)}
    held = np.flatnonzero(group % 5 == 0)
    rest = np.flatnonzero(group % 5 != 0)
    assert not train_validation_shift(case_of(cells, train=rest, valid=held, group="who"))
    assert train_validation_shift(case_of(cells, train=rest, valid=held)), "what the group protects from"


def test_a_handful_of_rows_tells_nothing(case_of):
    cells = table()
    cells["b"] = cells["b"] + 9.0 * IS_VALID
    assert not train_validation_shift(case_of(cells, valid=np.arange(0, 95, 5)))
