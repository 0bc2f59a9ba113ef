"""Sequences in a long table, one row a step: `read` understands one to learn from, `again` one to predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError, warn
from honed.families.sequence import steps
from honed.families.sequence.layout import Layout, Part, of_table
from honed.families.sequence.measured import Measured
from honed.lazily import pl
from honed.run import memory
from honed.settings import nearest
from honed.table import several
from honed.table.cells import brief, is_present, some, texts
from honed.table.order import times_of

if TYPE_CHECKING:
    from jaxtyping import Float32, Float64, Int


@dataclass(frozen=True)
class Long:
    """The sequences of a table, in the order in which they first come.

    Attributes
    ----------
    names : the cell by which each is known. target, groups : a cell each, None where there is no such column.
    """

    layout: Layout
    sequences: Measured
    names: tuple[str, ...]
    target: pl.Series | None
    groups: pl.Series | None
    fingerprint: str
    is_typed: bool
    notes: tuple[str, ...] = ()


class _Order(NamedTuple):
    """Which sequence each row is of, and the rows by sequence and step.

    rows : the number of each row's sequence. firsts : the first row of each sequence.
    since : in that order, the time since the row before, NaN of a sequence's first; None without a column of steps.
    """

    rows: Int[np.ndarray, " rows"]
    order: Int[np.ndarray, " rows"]
    firsts: Int[np.ndarray, " sequences"]
    since: Float64[np.ndarray, " rows"] | None = None


def read(
    path: str,
    sequence: str,
    step: str | None,
    target: str,
    group: str | None = None,
    exclude: Sequence[str] = (),
    categorical: Sequence[str] = (),
    as_is: bool = False,
    sheet: str | None = None,
) -> Long:
    """A table to learn from.

    Raises
    ------
    InputError
        A column is missing, two rows of a sequence are the same step, an id has two targets, or there is nothing that
        changes over time.
    """
    table = several.read(path, known=[sequence, target], as_is=as_is, sheet=sheet)
    for doubt in table.doubts:
        warn(doubt)
    frame = table.frame
    said = [name for name in (sequence, step, target, group, *exclude, *categorical) if name is not None]
    for name in said:
        _check_column(frame, name, table.source)
    own = [name for name in (sequence, step, target) if name is not None]
    if len(set(own)) < len(own):
        raise InputError(
            f"Column {max(own, key=own.count)!r} is named for two of the sequence, the step and the target. Name "
            "different columns."
        )
    found = _order(frame, sequence, step, table.source)
    lengths = np.bincount(found.rows)
    if lengths.max() == 1:
        raise InputError(
            f"{table.source}: each of {len(lengths):,} values of {sequence!r} is in one row, so every sequence has one "
            "step. Leave --sequence out: a table of one row an example needs none. Or name the column that rows of one "
            "sequence share."
        )
    goal = _each(frame, target, found, table.source, "the target")
    groups = None if group is None else texts(_each(frame, group, found, table.source, "the group"))
    apart = [name for name in (target, group, *exclude) if name is not None and name != sequence]
    layout, notes = of_table(frame, sequence, step, found.rows, apart, categorical, table.source)
    if found.since is None:
        notes.append(f"No --step is given, so the steps of each {sequence!r} are in the order of their rows.")
    else:
        spacing, note = steps.spacing(found.since, found.rows[found.order], step)
        layout, notes = replace(layout, spacing=spacing), [*notes, *note]
    return Long(
        layout,
        _measured(frame, layout, found),
        tuple(texts(frame[sequence])[found.firsts].to_list()),
        goal,
        groups,
        table.fingerprint,
        frame.schema[target] != pl.String,
        (*table.notes, *notes),
    )


def again(
    path: str,
    layout: Layout,
    target: str,
    as_is: bool = False,
    sheet: str | None = None,
    usual_sheet: str | None = None,
) -> Long:
    """A table to predict, whose columns are those of another.

    Raises
    ------
    InputError
        A column is missing, or a cell of one of numbers is none.
    """
    table = several.read(
        path, least_rows=1, known=[layout.sequence], as_is=as_is, sheet=sheet, usual_sheet=usual_sheet
    )
    for doubt in table.doubts:
        warn(doubt)
    found = of_frame(table.frame, layout, table.source)
    goal = None
    if target in table.frame.columns:
        goal = _each(
            table.frame,
            target,
            _order(table.frame, layout.sequence, None, table.source),
            table.source,
            "the target",
        )
    return Long(
        layout, found.sequences, found.names, goal, None, table.fingerprint, found.is_typed, table.notes
    )


def of_frame(frame: pl.DataFrame, layout: Layout, source: str) -> Long:
    """The sequences of a table whose columns are those of another; without targets."""
    for name in layout.columns:
        _check_column(frame, name, source)
    found = _order(frame, layout.sequence, layout.step, source)
    names = tuple(texts(frame[layout.sequence])[found.firsts].to_list())
    return Long(layout, _measured(frame, layout, found), names, None, None, "", True)


def _order(frame: pl.DataFrame, sequence: str, step: str | None, source: str) -> _Order:
    cells = texts(frame[sequence])
    if cells.null_count():
        row = int(np.argmax(cells.is_null().to_numpy())) + 1
        raise InputError(
            f"{source}: column {sequence!r} is empty in row {row:,}, so nobody knows of which sequence the row is. "
            "Fill the cell, or leave the row out."
        )
    known = cells.unique(maintain_order=True)
    codes = cells.replace_strict(known, np.arange(len(known)), return_dtype=pl.Int64).to_numpy()
    firsts = np.unique(codes, return_index=True)[1]
    if step is None:
        return _Order(codes, np.argsort(codes, kind="stable"), firsts)
    when = times_of(frame[step])
    if when is None:
        raise InputError(
            f"{source}: the steps in column {step!r} are neither numbers nor dates ({some(_shown(frame[step]))}), so "
            "they have no order. Name another column, or leave --step out if rows are in order."
        )
    missing = np.flatnonzero(np.isnan(when.values))
    if len(missing):
        raise InputError(
            f"{source}: column {step!r} is empty in row {int(missing[0]) + 1:,}, so nobody knows where in its sequence "
            "the row is. Fill the cell, or leave the row out."
        )
    order = np.lexsort((when.values, codes))
    same = np.flatnonzero((np.diff(codes[order]) == 0) & (np.diff(when.values[order]) == 0))
    if len(same):
        one, other = sorted(order[same[0] : same[0] + 2] + 1)
        raise InputError(
            f"{source}: rows {one:,} and {other:,} are both step {when.label(float(when.values[one - 1]))} of "
            f"{brief(cells[int(one) - 1])!r}, and a sequence has one row a step. Correct {step!r}, or leave one out."
        )
    begins = np.diff(codes[order], prepend=-1) > 0
    return _Order(codes, order, firsts, np.where(begins, np.nan, np.diff(when.values[order], prepend=np.nan)))


def _measured(frame: pl.DataFrame, layout: Layout, found: _Order) -> Measured:
    """Numbers by sequence and step."""
    rows = found.rows[found.order]
    places = steps.places(found.since, rows, layout.spacing)
    lengths = np.zeros(len(found.firsts), np.int32)
    lengths[rows] = places + 1  # of a sequence's rows the last stays
    width = len(layout.names)
    memory.check(8 * len(lengths) * int(lengths.max()) * width)
    values = np.zeros((len(lengths), int(lengths.max()), width), np.float32)
    values[np.arange(values.shape[1]) < lengths[:, None]] = np.nan
    first = 0
    for part in layout.channels:
        numbers = part.read(frame[part.name])
        values[rows, places, first : first + numbers.shape[1]] = numbers[found.order]
        first += numbers.shape[1]
    beside = [_first_known(part, frame[part.name], found) for part in layout.beside]
    return Measured(
        values, lengths, np.concatenate([np.zeros((len(lengths), 0), np.float32), *beside], axis=1)
    )


def _first_known(part: Part, column: pl.Series, found: _Order) -> Float32[np.ndarray, "sequences numbers"]:
    """Of each sequence the first of its cells that is not empty."""
    numbers = part.read(column)
    known = np.flatnonzero(~np.isnan(numbers[:, 0]))
    rows, firsts = np.unique(found.rows[known], return_index=True)
    values = np.full((len(found.firsts), numbers.shape[1]), np.nan, np.float32)
    values[rows] = numbers[known[firsts]]
    return values


def _each(frame: pl.DataFrame, name: str, found: _Order, source: str, what: str) -> pl.Series:
    """The cell of each sequence in a column that must not change within one; empty where all of its cells are."""
    column = frame[name]
    present = np.flatnonzero(is_present(column).to_numpy())
    rows, firsts = np.unique(found.rows[present], return_index=True)
    own = np.full(len(found.firsts), -1)
    own[rows] = present[firsts]
    cells = texts(column)
    differs = (cells[present] != cells[own[found.rows[present]]]).to_numpy()
    if differs.any():
        row = int(present[np.argmax(differs)])
        first = int(own[found.rows[row]])
        raise InputError(
            f"{source}: a sequence has one value of {what} {name!r}, but that of row {first + 1:,} is "
            f"{brief(cells[first])!r} in that row and {brief(cells[row])!r} in row {row + 1:,}. Correct one of both, "
            f"or look at --sequence."
        )
    return column[np.maximum(own, 0)].set(pl.Series(own < 0), None)


def _check_column(frame: pl.DataFrame, name: str, source: str) -> None:
    if name not in frame.columns:
        raise InputError(f"{source} has no column {name!r}.{nearest(name, frame.columns)}")


def _shown(column: pl.Series) -> list[str]:
    return [brief(text, 20) for text in texts(column).drop_nulls().unique(maintain_order=True).head(3)]
