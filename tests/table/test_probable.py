"""Which columns probably name groups of rows, and which do not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from honed.table import columns, stems
from honed.table.probable import Probable, notice, probable_groups
from honed.table.read import from_frame

ROWS = 300
RNG = np.random.default_rng(0)
OF = RNG.integers(0, 40, ROWS)
SIGNS = RNG.normal(size=(40, 3))[OF] + 0.1 * RNG.normal(size=(ROWS, 3))
NOISE = RNG.normal(size=(ROWS, 3))


def found(names: object, numbers: np.ndarray) -> Probable | None:
    cells = {"name": names, **{f"f{i}": numbers[:, i] for i in range(3)}, "y": RNG.normal(size=ROWS)}
    table = from_frame(pl.DataFrame(cells))
    schema = columns.infer(table, "y")
    table = schema.read_training(table)
    return probable_groups(table.frame, schema, table.written)


@pytest.mark.parametrize(
    ("name", "separator"),
    [
        (lambda row: f"p{OF[row]}_{row}", "_"),
        (lambda row: f"a_{OF[row]}-{row}", "-"),
        (lambda row: f"scans/p{OF[row]}/{row}.png", "/"),
        (lambda row: f"scans/p{OF[row]}_{row}.png", "_"),
        (lambda row: f"scans/p{OF[row]}/{row}.{'png' if row % 2 else 'jpg'}", "/"),
        (lambda row: rf"C:\data\p{OF[row]}\{row}.png", "\\"),
        (lambda row: f"https://a.org/p{OF[row]}/{row}", "/"),
        (lambda row: f"https://a.org/show?user=p{OF[row]}&n={row}", "&"),
        (lambda row: f"https://a.org/p{OF[row]}/p{OF[row]}/{row}", "/"),
        (lambda row: f"dog {OF[row]}", ""),
        (lambda row: int(RNG.permutation(40)[0]) * 0 + int(7 * OF[row] % 41), ""),
    ],
    ids=[
        "stems",
        "stems of two signs",
        "folders",
        "stems of files",
        "endings of two kinds",
        "folders of Windows",
        "urls",
        "queries",
        "folders within others of their name",
        "names",
        "numbers",
    ],
)
def test_names_of_like_rows_are_groups(name: Callable[[int], object], separator: str) -> None:
    names = [name(row) for row in range(ROWS)]
    probable = found(names, SIGNS)
    assert probable is not None
    assert (probable.name, probable.separator) == ("name", separator)
    assert probable.count == len(np.unique(OF))
    assert len(np.unique(probable.groups * 40 + OF)) == probable.count
    if separator:  # as the option that is advised cuts the cells
        cut = stems.names_of(pl.Series(names), separator)
        assert (cut.rank("dense").to_numpy() - 1 == probable.groups).all()


def test_paths_are_not_looked_at_without_their_texts() -> None:
    frame = pl.DataFrame({"name": [f"scans/p{OF[row]}/{row}.png" for row in range(ROWS)], "y": SIGNS[:, 2]})
    frame = frame.with_columns(f0=pl.Series(SIGNS[:, 0]), f1=pl.Series(SIGNS[:, 1]))
    schema = columns.infer(from_frame(frame), "y")
    assert probable_groups(schema.read(frame), schema) is None
    assert probable_groups(schema.read(frame), schema, frame.select("name")) is not None


@pytest.mark.parametrize(
    "name",
    [
        lambda row: f"{RNG.integers(2**32):08x}",
        lambda row: f"{'ABCDE'[row % 5]}-{RNG.integers(10**6)}",
        lambda row: f"2024-{row}",
        lambda row: f"p{OF[row]}_{row}",
        lambda row: f"shop {row % 8}",
        lambda row: f"scans/p{OF[row]}/{row}.png",
    ],
    ids=["hex", "a letter and a number", "year and number", "stems of unlike rows", "shops", "folders"],
)
def test_codes_are_no_groups(name: Callable[[int], object]) -> None:
    assert found([name(row) for row in range(ROWS)], NOISE) is None


def test_a_quantity_that_the_others_follow_is_no_name() -> None:
    follows = OF[:, None] * np.array([1.0, 2.0, -1.0]) + NOISE
    assert found(OF, follows) is None


def panel(repeated: int = 0, share: float = 1.0) -> pl.DataFrame:
    """Forty lands in each of ten years: what is measured is of the land for three parts of four, the rest is noise."""
    rng = np.random.default_rng(1)
    of, year = np.repeat(np.arange(40), 10), np.tile(np.arange(1990, 2000), 40)
    signs = rng.normal(size=(40, 3))[of] + 0.6 * rng.normal(size=(400, 3))
    cells = {"land": [f"land {each}" for each in of], "year": year, "y": rng.normal(size=400)}
    frame = pl.DataFrame({**cells, **{f"f{i}": signs[:, i] for i in range(3)}})
    kept = np.sort(rng.permutation(400)[: int(400 * share)])
    return pl.concat([frame[kept], frame[:repeated]])


@pytest.mark.parametrize(
    ("frame", "along"), [(panel(), "year"), (panel(share=0.8), "year"), (panel(repeated=8), None)]
)
def test_half_is_enough_where_each_group_is_measured_in_the_same_years(
    frame: pl.DataFrame, along: str | None
) -> None:
    schema = columns.infer(from_frame(frame), "y")
    probable = probable_groups(schema.read(frame), schema)
    assert (probable and (probable.name, probable.along)) == (along and ("land", along))


def numbered(names: np.ndarray | list[str] | list[int]) -> pl.DataFrame:
    """The panel, whose lands have numbers for names."""
    return panel().with_columns(pl.Series("land", names))


MIXED = np.repeat(np.random.default_rng(2).permutation(40) * 3 + 100, 10)  # near numbers are of unlike lands


def test_numbers_that_name_groups_are_levels() -> None:
    table = from_frame(numbered(MIXED))
    schema = columns.infer(table, "y")
    assert schema.columns[0].kind == "numeric"
    seen, probable, notes = notice(table, schema)
    assert (seen.columns[0].name, seen.columns[0].kind, len(seen.columns[0].levels)) == (
        "land",
        "categorical",
        40,
    )
    assert seen.columns[1:] == schema.columns[1:]
    assert probable is not None and (probable.name, probable.count) == ("land", 40)
    assert len(notes) == 1 and "40 whole numbers" in notes[0] and "numeric=['land']" in notes[0]
    again, _, notes = notice(table, seen)
    assert again == seen and not notes


@pytest.mark.parametrize(
    ("names", "declared"),
    [
        (MIXED, ["land"]),
        ([f"land {each}" for each in MIXED], []),
        (np.random.default_rng(3).permutation(MIXED), []),
        (MIXED * 1.0, ["land"]),
        ([4 * each + row % 4 for row, each in enumerate(MIXED)], []),
    ],
    ids=["declared", "words", "no groups", "declared decimals", "three rows a group"],
)
def test_other_columns_stay_as_they_are(
    names: np.ndarray | list[str] | list[int], declared: list[str]
) -> None:
    table = from_frame(numbered(names))
    schema = columns.infer(table, "y", numeric=declared)
    seen, _, notes = notice(table, schema)
    assert seen == schema and not notes


def test_cells_of_any_size_have_squares() -> None:
    names = [f"dog {group}" for group in OF]
    one, huge = found(names, SIGNS), found(names, SIGNS * 2.0**1000)
    assert one is not None and huge is not None
    assert huge.explained == one.explained < 1
