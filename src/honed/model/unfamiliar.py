"""Rows to predict whose words training never held: a warning that names the column, the share and an example."""

from __future__ import annotations

import numpy as np
import polars as pl

from honed import errors
from honed.table.cells import all_numbers, brief, is_nan_word, match, parse_numbers, some, texts
from honed.table.columns import Schema
from honed.table.kinds import Column, most_rare

_MOST_ROWS = 10_000  # so many rows, spread evenly over the table, are looked at
_SHOWN = 4  # levels in a sentence


def warn(schema: Schema, frame: pl.DataFrame) -> None:
    """Give a `DataWarning` for each column of which most cells are unseen."""
    for sentence in sentences(schema, frame):
        errors.warn(sentence)


def sentences(schema: Schema, frame: pl.DataFrame) -> list[str]:
    """One sentence for each boolean or categorical column of the table of which most cells are no known level.

    Where training held rare words too, which have no level of their own, so many more must be unseen: half of the
    share that they could not make up.
    """
    rows = frame.gather_every(max(1, -(-frame.height // _MOST_ROWS)))
    return [
        _sentence(column, cells, strange)
        for column in schema.columns
        if column.kind in ("boolean", "categorical") and column.name in rows.columns
        for cells, strange in [_strange(rows[column.name], column.levels)]
        if len(strange) > 0.5 * (1 + most_rare(column, schema.rows)) * len(cells)
        and not _is_refused(column, strange)
    ]


def _strange(column: pl.Series, levels: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    """The texts of all present cells, and of those that are no level."""
    places, cells = match(column, levels), texts(column)
    return cells.filter(places != -1), cells.filter(places == -2)


def _is_refused(column: Column, strange: pl.Series) -> bool:
    """Whether encoding will raise an error for a word in a column of two numbers, which says it better."""
    if column.kind != "boolean" or not all_numbers(pl.Series(column.levels, dtype=pl.String)):
        return False
    return bool((parse_numbers(strange).is_null() & ~is_nan_word(strange)).any())


def _sentence(column: Column, cells: pl.Series, strange: pl.Series) -> str:
    share = np.floor(100 * len(strange) / len(cells))
    how = "missing" if column.kind == "boolean" else "rare"
    return (
        f"Column {brief(column.name)!r}: {share:.0f} % of the cells, such as {brief(strange[0])!r}, are unseen in "
        f"training, which knew {some(column.levels, _SHOWN)}. They are taken as {how}, so the column says nothing of "
        "these rows. Write the cells as in training, or train on rows like these."
    )
