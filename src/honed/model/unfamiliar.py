"""Rows to predict whose words training never held: a warning that names the column, how many cells, and an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from honed import errors
from honed.encode.hashed import buckets
from honed.figures import counted
from honed.lazily import pl
from honed.table import lists, wordy
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
    """One sentence for each boolean, categorical, list or text column of the table with cells that are not known.

    Of a column of lists these are cells with an item that is none of those known.

    Where training held rare words too, which have no level of their own, only more of them than these explain.
    """
    return said_of(schema, count(schema, frame))


class Cells(NamedTuple):
    """Of a column the cells that are not empty, those of them that are no known level, and the first of these.

    `is_refused` says that encoding refuses one of them, and says it better.
    """

    present: int
    strange: int
    first: str | None
    is_refused: bool

    def and_later(self, other: Cells) -> Cells:
        """Those of two parts of a table, the other one later."""
        first = other.first if self.first is None else self.first
        refused = self.is_refused or other.is_refused
        return Cells(self.present + other.present, self.strange + other.strange, first, refused)


def count(schema: Schema, frame: pl.DataFrame) -> dict[str, Cells]:
    """By name what the boolean, categorical, list and text columns hold, as far as the table has them."""
    found, there = {}, set(frame.columns)
    for column in schema.columns:
        if column.kind not in ("boolean", "categorical", "list", "words") or column.name not in there:
            continue
        if column.kind == "words":
            found[column.name] = _of_texts(frame[column.name], column.levels)
            continue
        if column.kind == "list":
            found[column.name] = _of_lists(frame[column.name], column.levels)
            continue
        places = match(frame[column.name], column.levels)
        if not len(places) or places.min() > -2:
            found[column.name] = Cells(int(np.count_nonzero(places + 1)), 0, None, False)
            continue
        present, is_strange = int((places != -1).sum()), places == -2
        if column.order:  # what has a place in the order says something
            is_strange &= match(frame[column.name], column.order) == -2
        strange = (
            texts(frame[column.name].filter(is_strange))
            if is_strange.any()
            else pl.Series([], dtype=pl.String)
        )
        first = strange[0] if len(strange) else None
        found[column.name] = Cells(present, len(strange), first, _is_refused(column, strange))
    return found


def _of_lists(cells: pl.Series, levels: tuple[str, ...]) -> Cells:
    rows, places, items = lists.placed(lists.read(cells, ""), levels)
    strange = np.flatnonzero(places == -2)
    first = texts(items[int(strange[0]) : int(strange[0]) + 1])[0] if len(strange) else None
    return Cells(len(cells) - cells.null_count(), len(np.unique(rows[strange])), first, False)


def _of_texts(column: pl.Series, words: tuple[str, ...]) -> Cells:
    cells = texts(column)
    is_strange = cells.is_not_null().to_numpy().copy()
    is_strange[wordy.count(cells, words).rows] = False
    places = np.flatnonzero(is_strange)
    first = cells[int(places[0])] if len(places) else None
    return Cells(cells.count(), len(places), first, False)


def said_of(schema: Schema, found: Mapping[str, Cells]) -> list[str]:
    """The sentences on those columns."""
    columns = [column for column in schema.columns if column.name in found]
    return [
        _sentence(column, cells)
        for column in columns
        if (cells := found[column.name]).strange
        and cells.strange > _expected(column, cells.present, schema.rows)
        and not cells.is_refused
    ]


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


def _sentence(column: Column, cells: Cells) -> str:
    how = "missing" if column.kind == "boolean" else "rare"
    is_all_known = column.distinct == len(column.levels)
    what = "unseen in training, which knew" if is_all_known else "unseen or rare in training, which kept"
    example = repr(brief(cells.first or ""))
    is_one = cells.strange == 1
    verb = f", such as {example}, {'is' if is_one else 'are'}"
    says = f"Taken as {how}, the column says nothing of these rows."
    if column.kind == "list":
        verb = f" {'holds' if is_one else 'hold'} an item, such as {example}, that is"
        says = f"Such items {'say nothing' if is_all_known else 'count as rare'}."
    if column.kind == "words":
        verb = f", such as {example}, {'holds' if is_one else 'hold'} no word that is"
        what = "known from training, as are"
        says = "The column says nothing of these rows."
    if buckets(column):
        says = "Of a word that training never held it says what was learned of cells that training hid."
    return (
        f"Column {brief(column.name)!r}: {cells.strange:,} of {counted(cells.present, 'cell')}{verb} {what} "
        f"{some(column.levels, _SHOWN)}. {says} Write the cells as in training, or train on rows like these."
    )
