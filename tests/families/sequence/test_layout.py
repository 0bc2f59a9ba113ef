"""Which columns of a long table change over time."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from waves import table

from honed.errors import InputError
from honed.families.sequence.layout import Layout, Part, of_table
from honed.typed import Misfit


def of(frame: pl.DataFrame, *categorical: str) -> tuple[Layout, list[str]]:
    rows = frame["who"].cast(pl.Categorical).to_physical().to_numpy()
    return of_table(frame, "who", "second", rows, ["speed"], categorical, "t.csv")


def test_columns_that_change_are_channels_and_the_others_stand_beside() -> None:
    found, notes = of(table().with_columns(age=pl.col("age") // 10), "age")
    assert found.channels == (Part("height"), Part("noise"), Part("light", ("off", "on")))
    assert found.beside == (Part("site", ("north", "south")), Part("age", ("2", "3", "4", "5")))
    assert found.names == ("height", "noise", "light = off", "light = on") and not notes
    assert Layout.from_json(json.loads(json.dumps(found.to_json())), "layout") == found


def test_columns_of_one_value_or_of_many_words_are_left_out() -> None:
    frame = table().with_columns(
        same=pl.lit(3), empty=pl.lit(None), word=pl.int_range(pl.len()).cast(pl.String) + "x"
    )
    found, notes = of(frame)
    assert not {"same", "empty", "word"} & set(found.columns)
    assert any("'same', 'empty'" in note for note in notes) and any("'word'" in note for note in notes)
    with pytest.raises(InputError, match="no column that changes from step to step"):
        of(frame.select("who", "second", "site", "same"))


def test_a_stray_word_among_numbers_is_told_with_its_row() -> None:
    frame = table()
    stray = (
        pl.when(pl.int_range(pl.len()) == 7).then(pl.lit("oops")).otherwise(pl.col("noise").cast(pl.String))
    )
    found, (note,) = of(frame.with_columns(noise=stray))
    assert "noise" not in found.columns
    assert note.startswith("'noise': 1 cell is no number, such as 'oops' in row 8, and the others are")


def test_cells_are_numbers_or_levels_and_an_unseen_level_is_none() -> None:
    part = Part("light", ("off", "on"))
    read = part.read(pl.Series("light", ["on", None, "dim", "off"]))
    np.testing.assert_array_equal(read, [[0, 1], [np.nan, np.nan], [0, 0], [1, 0]])
    with pytest.raises(InputError, match="Column 'h', row 2"):
        Part("h").read(pl.Series("h", ["1.5", "x"]))


def test_a_damaged_layout_is_refused() -> None:
    document = of(table())[0].to_json()
    with pytest.raises(Misfit, match="channels is empty"):
        Layout.from_json(document | {"channels": []}, "layout")
    with pytest.raises(Misfit, match="twice"):
        Layout.from_json(document | {"step": "who"}, "layout")
    with pytest.raises(Misfit, match="spacing is 0, but it must be above 0"):
        Layout.from_json(document | {"spacing": 0}, "layout")
    with pytest.raises(Misfit, match="not finite"):
        Layout.from_json(document | {"spacing": float("inf")}, "layout")
    assert Layout.from_json({name: value for name, value in document.items() if name != "spacing"}, "layout")
