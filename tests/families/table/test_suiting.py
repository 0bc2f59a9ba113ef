"""Ways to encode that a search tries unasked: for numbers, for many levels, of many rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from honed.families.table import suiting
from honed.families.table.source import TableSource
from honed.search.options import Options
from honed.table.read import from_frame

DRAW = np.random.default_rng(0)
ROWS = 600
LEVELS = np.array([f"{a}{b}" for a in "abcdefghij" for b in "klm"])
FEW, MANY = (LEVELS[:count][DRAW.integers(0, count, ROWS)] for count in (20, 30))
NUMBERS = {f"x{place}": DRAW.normal(size=ROWS) for place in range(4)}
THREE = {name: NUMBERS[name] for name in ("x0", "x1", "x2")}


@pytest.mark.parametrize(
    ("columns", "suits"),
    [
        ({"few": FEW}, ()),
        ({"many": MANY}, ("target",)),
        ({**THREE, "few": FEW}, ("bins",)),
        ({**THREE, "many": MANY}, ("bins", "target")),
        ({**NUMBERS, "few": FEW}, ("bins", "pairs")),
        ({**NUMBERS, "many": MANY}, ("bins", "target", "pairs")),
    ],
)
def test_many_levels_and_some_numbers_suit_ways_to_encode_many_rows(
    columns: dict[str, np.ndarray], suits: tuple[str, ...]
) -> None:
    frame = pl.DataFrame({**columns, "y": DRAW.normal(size=ROWS)})
    schema = TableSource.of(from_frame(frame), Options("data", "y")).schema
    assert suiting.encodings(schema, suiting._BINNED_ROWS) == suits
    others = tuple(name for name in suits if name != "bins")
    assert suiting.encodings(schema, suiting._BINNED_ROWS - 1) == others
    assert suiting.encodings(schema, suiting._LEAST_ROWS) == others
    assert suiting.encodings(schema, suiting._LEAST_ROWS - 1) == ()


def test_what_would_change_nothing_does_not_suit() -> None:
    classes = np.array([f"class {code}" for code in DRAW.integers(0, 12, ROWS)])
    frame = pl.DataFrame({**THREE, "many": MANY, "y": classes})  # too many classes for means of the target
    schema = TableSource.of(from_frame(frame), Options("data", "y")).schema
    assert suiting.encodings(schema, suiting._LEAST_ROWS) == ()
