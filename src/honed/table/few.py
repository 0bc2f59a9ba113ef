"""Cells of a few rows, looked up one by one: for one row each call of Polars takes longer than all of this together.

What is found here is what `honed.table.cells.match` finds of any number of cells; what is not found quickly, such as
another spelling of a word, is left to that, and remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from honed.lazily import pl

if TYPE_CHECKING:
    from jaxtyping import Int32

MOST = 16  # rows
_EXACT = 2**53  # as `honed.table.cells.MOST_EXACT`, which needs this module
_REMEMBERED = 10_000  # other spellings of the words of one column


class Words:
    """Positions of the words of a column: by text, and where all are different numbers by number."""

    def __init__(self, texts: pl.Series, quantities: pl.Series) -> None:
        known = texts.to_list()
        self.places = {text: place for place, text in reversed(list(enumerate(known))) if text is not None}
        values = quantities.to_list()
        are_numbers = None not in values and len(set(values)) == len(values)
        self.numbers = dict(zip(values, range(len(values)), strict=True)) if are_numbers else None


def match(
    column: pl.Series,
    levels: Sequence[str],
    words: Callable[[tuple[str, ...]], Words],
    slowly: Callable[[pl.Series, Sequence[str]], np.ndarray],
) -> Int32[np.ndarray, " rows"]:
    """As `honed.table.cells.match`, which is `slowly`; `words` keeps what it gives for the same levels."""
    known, kind = words(tuple(levels)), column.dtype
    if kind == pl.String or isinstance(kind, (pl.Categorical, pl.Enum)):
        places = [known.places.get(cell, -2) if cell is not None else -1 for cell in column.to_list()]
    elif known.numbers is not None and (kind in (pl.Float64, pl.Float32, pl.Boolean) or kind.is_integer()):
        cells = column.to_list()
        if any(cell is not None and abs(cell) >= _EXACT for cell in cells):
            return slowly(column, levels)
        numbers = known.numbers
        return np.array([_of_number(cell, numbers) for cell in cells], np.int32)
    else:
        return slowly(column, levels)
    if -2 not in places:
        return np.array(places, np.int32)
    found = slowly(column, levels)
    if kind == pl.String and len(known.places) < _REMEMBERED + len(levels):
        own = zip(column.to_list(), found.tolist(), strict=True)
        known.places.update((cell, place) for cell, place in own if cell is not None)
    return found


def _of_number(cell: float | None, numbers: dict[float, int]) -> int:
    return -1 if cell is None or cell != cell else numbers.get(cell, -2)
