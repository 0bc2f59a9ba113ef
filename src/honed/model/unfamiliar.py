"""Rows to predict whose words training never held: a warning that names the column, how many cells, and an example."""

from __future__ import annotations

import polars as pl

from honed import errors
from honed.encode.hashed import buckets
from honed.figures import counted
from honed.table.cells import all_numbers, brief, is_nan_word, match, parse_numbers, some, texts
from honed.table.columns import Schema
from honed.table.kinds import Column, most_rare

_SHOWN = 4  # levels in a sentence
# So far beyond the most rare words that are expected, cells are others than those of training.
_DEVIATIONS = 3.0


def warn(schema: Schema, frame: pl.DataFrame) -> None:
    """Give a `DataWarning` for each column with cells that are unseen."""
    for sentence in sentences(schema, frame):
        errors.warn(sentence)


def sentences(schema: Schema, frame: pl.DataFrame) -> list[str]:
    """One sentence for each boolean or categorical column of the table with cells that are no known level.

    Where training held rare words too, which have no level of their own, only more of them than these explain.
    """
    found = []
    for column in schema.columns:
        if column.kind not in ("boolean", "categorical") or column.name not in frame.columns:
            continue
        places = match(frame[column.name], column.levels)
        present, is_strange = int((places != -1).sum()), places == -2
        if column.order and is_strange.any():  # what has a place in the order says something
            is_strange &= match(frame[column.name], column.order) == -2
        if int(is_strange.sum()) > _expected(column, present, schema.rows):
            strange = texts(frame[column.name].filter(is_strange))
            if not _is_refused(column, strange):
                found.append(_sentence(column, present, strange))
    return found


def _expected(column: Column, cells: int, rows: int) -> float:
    """The most of so many cells that are no level in a table like the training one of so many rows.

    It is never more than what half of the share that rare words cannot make up leaves.
    """
    share = most_rare(column, rows)
    spread = (cells * share * (1 - share)) ** 0.5
    return min(cells * share + _DEVIATIONS * spread, 0.5 * (1 + share) * cells)


def _is_refused(column: Column, strange: pl.Series) -> bool:
    """Whether encoding will raise an error for a word in a column of two numbers, which says it better."""
    if column.kind != "boolean" or not all_numbers(pl.Series(column.levels, dtype=pl.String)):
        return False
    return bool((parse_numbers(strange).is_null() & ~is_nan_word(strange)).any())


def _sentence(column: Column, cells: int, strange: pl.Series) -> str:
    how = "missing" if column.kind == "boolean" else "rare"
    is_all_known = column.distinct == len(column.levels)
    what = "unseen in training, which knew" if is_all_known else "unseen or rare in training, which kept"
    verb = "is" if len(strange) == 1 else "are"
    says = f"Taken as {how}, the column says nothing of these rows."
    if buckets(column):
        says = "Of a word that training never held it says what was learned of cells that training hid."
    return (
        f"Column {brief(column.name)!r}: {len(strange):,} of {counted(cells, 'cell')}, such as {brief(strange[0])!r}, "
        f"{verb} {what} {some(column.levels, _SHOWN)}. {says} Write the cells as in training, or train on rows like "
        "these."
    )
