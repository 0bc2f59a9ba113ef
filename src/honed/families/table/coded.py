"""Codes for missing among numbers, such as -999: taken as empty cells where a quick fit shows that it helps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from honed.families.table.source import TableSource
from honed.figures import counted
from honed.table.cells import brief, numbers
from honed.table.kinds import Column
from honed.table.reading import values
from honed.table.sentinels import Trial, tried

if TYPE_CHECKING:
    from jaxtyping import Int


def settled(source: TableSource, rows: Int[np.ndarray, " rows"]) -> TableSource:
    """The source with such numbers as empty cells, and a note for each; the same source where there are none.

    Parameters
    ----------
    rows : positions of the rows that the fit may see.
    """
    suspects = [c for c in source.schema.columns if c.apart and c.reading.form == "plain"]
    if not suspects:
        return source
    frame = source.table.frame
    inputs = {
        column.name: numbers(frame[column.name])[source.places[rows]]
        for column in source.schema.columns
        if column.kind == "numeric"
    }
    has_classes = source.schema.target.task != "regression"
    notes, changed = [], {}
    for column in suspects:
        for value in column.apart:
            trial = tried(inputs, source.y[rows], column.name, value, has_classes=has_classes)
            if trial.helps:
                own = numbers(frame[column.name])[source.places]
                column = _without(column, value, int(np.count_nonzero(own == value)))
                notes.append(_note(source, column, value, trial))
        changed[column.name] = column
    columns = tuple(changed.get(column.name, column) for column in source.schema.columns)
    read = [values(frame[name], column.reading, is_number=True) for name, column in changed.items()]
    return replace(
        source,
        table=replace(source.table, frame=frame.with_columns(read)),
        schema=replace(source.schema, columns=columns),
        notes=(*source.notes, *notes),
    )


def _without(column: Column, value: float, count: int) -> Column:
    """The column with that number, in so many cells, as empty cells."""
    missing = (*column.reading.missing, f"{value:.15g}")
    how = replace(column.reading, missing=missing, emptied=column.reading.emptied + count)
    before, after = column.reading.evidence(), how.evidence()
    return replace(
        column,
        reading=how,
        reason=column.reason.removesuffix(before).removesuffix("; ") + f"; {after}",
        missing=column.missing + count,
        distinct=column.distinct - 1,
        apart=tuple(other for other in column.apart if other != value),
    )


def _note(source: TableSource, column: Column, value: float, trial: Trial) -> str:
    fall = 1 - trial.as_missing / trial.as_number
    return (
        f"Column {column.name!r}: {value:.15g} stands far from all other numbers and is taken as missing, because the "
        f"squared error of a quick linear fit on {counted(trial.rows, 'row')} falls by {fall:.0%} so. If it is a "
        f"number like others, say {source.table.declaration('numeric', brief(column.name))}."
    )
