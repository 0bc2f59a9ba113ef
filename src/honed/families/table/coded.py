"""Codes for missing among numbers, such as -999: taken as empty cells where a quick fit shows that it helps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from honed.families.table.source import TableSource
from honed.figures import counted
from honed.table import kinds
from honed.table.cells import brief, numbers
from honed.table.columns import Schema
from honed.table.kinds import Column
from honed.table.read import Table
from honed.table.reading import values
from honed.table.sentinels import Trial, tried

if TYPE_CHECKING:
    from jaxtyping import Int, Real


def settled(source: TableSource, rows: Int[np.ndarray, " rows"]) -> TableSource:
    """The source with such numbers as empty cells, and a note for each; the same source where there are none.

    Of several targets none is asked: what helps one may harm another.

    Parameters
    ----------
    rows : positions of the rows that the fit may see.
    """
    if source.further or not any(column.apart for column in source.schema.columns):
        return source
    table, schema, notes = without_codes(source.table, source.schema, source.y, source.places, rows)
    if schema is source.schema:
        return source
    return replace(source, table=table, schema=schema, notes=(*source.notes, *notes))


def without_codes(
    table: Table,
    schema: Schema,
    y: Real[np.ndarray, " rows"],
    places: Int[np.ndarray, " rows"],
    seen: Int[np.ndarray, " seen"],
) -> tuple[Table, Schema, list[str]]:
    """A table that was read, and its schema, with such numbers as empty cells, and a note for each.

    Parameters
    ----------
    y : class codes or numbers of the rows with a target. places : where these are in the table.
    seen : positions among them of the rows that the fit may see.
    """
    suspects = [column for column in schema.columns if column.apart and column.reading.form == "plain"]
    if not suspects:
        return table, schema, []
    inputs = {
        column.name: numbers(table.frame[column.name])[places[seen]]
        for column in schema.columns
        if column.kind == "numeric"
    }
    has_classes = schema.target.task != "regression"
    notes, changed = [], {}
    for column in suspects:
        left = numbers(table.frame[column.name])[places]
        for value in column.apart:
            trial = tried(inputs, y[seen], column.name, value, has_classes=has_classes)
            if trial.helps:
                count = int(np.count_nonzero(left == value))
                left = left[left != value]
                column = _without(column, value, count, left)
                notes.append(_note(table, column, value, trial))
        changed[column.name] = column
    columns = tuple(changed.get(column.name, column) for column in schema.columns)
    read = [values(table.frame[name], column.reading, is_number=True) for name, column in changed.items()]
    table = replace(table, frame=table.frame.with_columns(read))
    return table, replace(schema, columns=columns), notes


def _without(column: Column, value: float, count: int, left: Real[np.ndarray, " left"]) -> Column:
    """The column with that number, in so many cells, as empty cells; `left` are the others, NaN where empty."""
    left = left[~np.isnan(left)]
    low, high = float(left.min()), float(left.max())
    old = kinds.spread(column.distinct, min(low, value), max(high, value))
    reason = column.reason.replace(old, kinds.spread(len(np.unique(left)), low, high), 1)
    reason = reason.replace(f"{kinds.ALL_CELLS} is", f"{kinds.ALL_CELLS} that is not empty is", 1)
    missing = (*column.reading.missing, f"{value:.15g}")
    how = replace(column.reading, missing=missing, emptied=column.reading.emptied + count)
    before, after = column.reading.evidence(), how.evidence()
    return replace(
        column,
        reading=how,
        reason=reason.removesuffix(before).removesuffix("; ") + f"; {after}",
        missing=column.missing + count,
        distinct=column.distinct - 1,
        apart=tuple(other for other in column.apart if other != value),
    )


def _note(table: Table, column: Column, value: float, trial: Trial) -> str:
    fall = 1 - trial.as_missing / trial.as_number
    return (
        f"Column {column.name!r}: {value:.15g} stands far from all other numbers and is taken as missing, because the "
        f"squared error of a quick fit on {counted(trial.rows, 'row')} falls by {fall:.0%} so. If it is a "
        f"number like others, say {table.declaration('numeric', brief(column.name))}."
    )
