"""Long tables, one row a step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from waves import table, waves

from honed.errors import InputError
from honed.families.sequence.layout import Layout
from honed.families.sequence.long import Long, again, read


def written(path: Path, frame: pl.DataFrame) -> str:
    frame.write_csv(path)
    return str(path)


def of(path: Path, frame: pl.DataFrame, **words: str | None) -> Long:
    said: dict[str, Any] = {"sequence": "who", "step": "second", "target": "speed", **words}
    return read(written(path, frame), **said)


def test_rows_are_sorted_into_sequences_whatever_their_order(tmp_path: Path) -> None:
    X, lengths, y = waves(60)
    found = of(tmp_path / "t.csv", table(), group="site")
    order = [int(name[1:]) for name in found.names]
    assert sorted(order) == list(range(60)) and found.sequences.lengths.tolist() == lengths[order].tolist()
    for place, row in enumerate(order[:9]):
        np.testing.assert_allclose(
            found.sequences.values[place, : lengths[row], 0], X[row, : lengths[row], 0], rtol=1e-5
        )
    assert found.target is not None and found.groups is not None
    assert [("slow", "quick")[y[row]] for row in order] == found.target.to_list()
    assert found.groups.to_list() == ["north" if row % 3 == 0 else "south" for row in order]
    assert found.sequences.beside[:, 0].tolist() == [20 + row % 40 for row in order]


def test_another_table_is_read_the_same_way(tmp_path: Path) -> None:
    found = of(tmp_path / "t.csv", table())
    frame = table(9, seed=1).drop("speed").reverse()
    told = again(written(tmp_path / "new.csv", frame), found.layout, "speed")
    assert (
        told.target is None and len(told.names) == 9 and told.sequences.channels == found.sequences.channels
    )
    with pytest.raises(InputError, match="no column 'noise'"):
        again(written(tmp_path / "new.csv", frame.drop("noise")), found.layout, "speed")


def test_without_a_step_rows_are_in_order_and_dates_are_steps_too(tmp_path: Path) -> None:
    frame = table().sort("who", "second")
    dates = frame.with_columns(
        second=pl.datetime(2026, 1, 1) + pl.duration(milliseconds=pl.col("second") * 1000)
    )
    one, two = of(tmp_path / "a.csv", frame, step=None), of(tmp_path / "b.csv", dates.reverse())
    assert "in the order of their rows" in one.notes[-1]
    order = [two.names.index(name) for name in one.names]
    np.testing.assert_array_equal(one.sequences.values[..., 1:3], two.sequences.values[order][..., :2])


def test_steps_that_lack_were_not_measured_also_in_a_table_to_predict(tmp_path: Path) -> None:
    frame = table().sort("who", "second")
    without = frame.filter((pl.col("who") != "p005") | (pl.col("second") != 2.0))
    whole, found = of(tmp_path / "a.csv", frame), of(tmp_path / "b.csv", without)
    place = found.names.index("p005")
    assert found.sequences.lengths.tolist() == whole.sequences.lengths.tolist()
    assert np.isnan(found.sequences.values[place, 4]).all() and np.isnan(found.sequences.values).sum() == 4
    np.testing.assert_array_equal(found.sequences.values[place, 5:], whole.sequences.values[place, 5:])
    assert "1 step of 1 sequence is missing" in found.notes[-1] and not whole.notes
    told = again(str(tmp_path / "b.csv"), whole.layout, "speed")
    np.testing.assert_array_equal(told.sequences.values, found.sequences.values)
    assert Layout.from_json(json.loads(json.dumps(whole.layout.to_json())), "layout") == whole.layout


@pytest.mark.parametrize(
    ("change", "words", "said"),
    [
        (
            {"speed": pl.Series(["slow", "quick"] * 700)},
            {},
            "has one value of the target 'speed', but that of row",
        ),
        ({"second": pl.lit(1)}, {}, r"are both step 1 of 'p0\d\d'"),
        ({"second": pl.lit("x")}, {}, "neither numbers nor dates"),
        ({"who": pl.int_range(pl.len()).cast(pl.String)}, {}, "every sequence has one step"),
        ({}, {"step": "sceond"}, "no column 'sceond'.*second"),
        ({}, {"target": "who"}, "'who' is named for two"),
        ({}, {"group": "light"}, "has one value of the group 'light'"),
    ],
)
def test_one_message_says_what_is_wrong(
    change: dict[str, pl.Expr], words: dict[str, str], said: str, tmp_path: Path
) -> None:
    frame = table()
    columns = {n: c.head(frame.height) if isinstance(c, pl.Series) else c for n, c in change.items()}
    with pytest.raises(InputError, match=said):
        of(tmp_path / "t.csv", frame.with_columns(**columns), **words)


def test_empty_cells_of_ids_and_steps_are_told_with_their_row(tmp_path: Path) -> None:
    for name, said in (
        ("who", "column 'who' is empty in row 3"),
        ("second", "column 'second' is empty in row 3"),
    ):
        frame = table().with_columns(
            pl.when(pl.int_range(pl.len()) == 2).then(None).otherwise(name).alias(name)
        )
        with pytest.raises(InputError, match=said):
            of(tmp_path / "t.csv", frame)
