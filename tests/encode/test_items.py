"""Lists to inputs, one for each item."""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from honed.encode.encoder import Encoder, Inputs, fit
from honed.encode.items import Listed
from honed.table.columns import infer
from honed.table.read import Table

LISTS = pl.List(pl.String)


def test_an_item_is_one_in_the_rows_that_hold_it() -> None:
    cells = pl.Series([["b", "a"], ["b", "b"], [], None, ["new", "a"]], dtype=LISTS)
    expected = [[1, 0, 0, 0, 1], [1, 1, 0, 0, 0]]
    np.testing.assert_array_equal(Listed("c", ("a", "b")).encode(cells), expected)
    with_rare = Listed("c", ("a", "b"), has_rare=True)
    np.testing.assert_array_equal(with_rare.encode(cells), [*expected, [0, 0, 0, 0, 1]])
    assert with_rare.width == 3


def test_an_encoder_has_items_beside_an_indicator_of_empty_cells() -> None:
    rng = np.random.default_rng(0)
    cells = ["|".join(rng.choice(list("abcdef"), rng.integers(1, 4), replace=False)) for _ in range(100)]
    cells = [
        None if row % 10 == 0 else f"{cell}|once" if row == 1 else cell for row, cell in enumerate(cells)
    ]
    many = [f"w{row % 30}" if row % 3 else f"only {row}" for row in range(100)]
    table = Table(pl.DataFrame({"c": cells, "many": many, "y": rng.normal(size=100)}), "t.csv", "")
    schema = infer(table, "y")
    table = schema.read_training(table)
    encoder = fit(table, schema, np.arange(50))
    assert encoder.inputs == Inputs(0, 8, (), (22,))
    assert encoder.names == ("many", "c") and encoder.indicated == ("c",)
    found = encoder.encode(table.frame).numeric
    levels = schema.columns[0].levels
    held = [set((cell or "").split("|")) for cell in cells]
    expected = [[not own - {""}, *(item in own for item in levels), "once" in own] for own in held]
    np.testing.assert_array_equal(found, np.array(expected, np.float32))
    again = Encoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again.lists == encoder.lists and again.inputs == encoder.inputs
    np.testing.assert_array_equal(again.encode(table.frame[3:5]).numeric, found[3:5])
