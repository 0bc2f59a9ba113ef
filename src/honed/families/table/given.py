"""Rows that the user gave to validate on, beside those of the table: `joined` puts both into one table."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.families.both_sides import Repeated, repeated_rows, said_of_repeated
from honed.figures import counted
from honed.search.options import OF_COLUMNS, Options
from honed.table import columns, kinds, read
from honed.table.cells import (
    all_numbers,
    is_present,
    match,
    numbers,
    parse_numbers,
    some,
    target_numbers,
    texts,
)
from honed.table.columns import Schema
from honed.table.read import Table
from honed.table.reading import values
from honed.table.said import Said, understand
from honed.table.target import has_unseen_class, is_quantity

if TYPE_CHECKING:
    from jaxtyping import Bool, Int


class Joined(NamedTuple):
    """Both tables in one, the given rows last, without those that can say nothing.

    Attributes
    ----------
    kept : which rows of both tables are there. notes : what is to be said of the others.
    """

    table: Table
    kept: Bool[np.ndarray, " both"]
    notes: tuple[str, ...]


def joined(table: Table, given: Table, options: Options, repeated: Repeated | None = None) -> Joined:
    """Both tables in one; columns by the first table's names.

    Parameters
    ----------
    repeated : where that is known of more rows than these; else it is found here.

    Raises
    ------
    InputError
        The given table lacks a column, or has other cells where numbers are; or all its rows are of the first.
    """
    missing = [name for name in table.frame.columns if name not in given.frame.columns]
    if missing:
        raise InputError(
            f"{options.named_valid} lacks the column {missing[0]!r} of {options.named}, so its rows cannot be scored. "
            "Give a file with the same columns."
        )
    found = read.joined(table, given)
    _check_numbers_of(given, table, found, options)
    both, count = found.frame, table.frame.height
    if repeated is None:
        rows = both.hash_rows().to_numpy()
        repeated = repeated_rows(rows[:count], rows[count:], options)
    notes: list[str] = []
    kept = np.append(np.ones(count, bool), ~repeated.is_one)
    if repeated.count:
        notes.append(said_of_repeated(repeated, options))
        both = both.filter(kept)
        found = replace(found, frame=both)
    for name in options.targets:
        if name not in both.columns or is_quantity(found, name, options.task):
            continue
        unseen = has_unseen_class(both[name], count, options.task)
        if not unseen.any():
            continue
        classes = texts(both[name]).filter(unseen).unique(maintain_order=True).to_list()
        notes.append(
            f"Left out {counted(int(unseen.sum()), 'row')} of {options.named_valid} whose class training lacks "
            f"({some(classes)}): no network could name it."
        )
        kept[np.flatnonzero(kept)[unseen]] = False
        both = both.filter(~unseen)
        found = replace(found, frame=both)
    return Joined(found, kept, tuple(notes))


def schema_of(table: Table, options: Options) -> Schema:
    """What `honed.table.columns.infer` finds, with what the user said of columns."""
    return columns.infer(table, options.target, further=options.further, **_words(options))


def _words(options: Options) -> dict[str, Any]:
    """What the user said of columns, as keywords."""
    return {name: getattr(options, name) for name in ("task", "group", *OF_COLUMNS)}


def check_both_have_rows(
    schema: Schema,
    groups: Int[np.ndarray, " rows"] | None,
    valid_rows: Int[np.ndarray, " valid"],
    options: Options,
) -> None:
    """Refuse files of which one has no row to train on, or none to validate on."""
    names = some([target.name for target in schema.targets])
    free = schema.rows - len(valid_rows)
    for path, rows in ((options.named_valid, len(valid_rows)), (options.named, free)):
        if not rows:
            raise InputError(
                f"{path} has no row whose target {names} is there and, for classes, known from training, so "
                f"{'nothing could be validated' if path == options.named_valid else 'nothing could be learned'}. "
                "Fill the column, or give another file."
            )
    if groups is not None and len(np.unique(np.delete(groups, valid_rows))) < 2:
        raise InputError(
            f"{options.named} has one group in its column {schema.group!r}. Groups are kept whole, and learning and "
            "the final score each need one, so at least 2 are needed beside those of the validation file. Name another "
            "column, or leave the group out."
        )


def _check_numbers_of(given: Table, table: Table, joined: Table, options: Options) -> None:
    """Refuse a given row without a finite number where the first table has numbers: it would change the column.

    Columns that are left out with the given rows and without do not matter.
    """
    targets = options.targets
    if not set(targets) <= set(table.frame.columns):
        return
    said = _said(table, options)
    of_each = [
        is_present(values(given.frame[name], said.reading(table.frame[name]), is_number=False))
        for name in targets
    ]
    present = functools.reduce(operator.and_, of_each)
    places = np.flatnonzero(present.to_numpy()) + 1
    for column in table.frame:
        is_other = said.kinds.get(column.name) in ("categorical", "date", "list", "words", "excluded")
        if column.name == options.group or is_other:
            continue
        how = said.reading(column)
        own = values(column, how, is_number=False)
        if how.form == "time" or not all_numbers(own):
            continue
        levels = parse_numbers(own).drop_nulls().unique()
        if len(levels) < 2:
            continue
        is_target = column.name in targets
        if is_target and not is_quantity(table, column.name, options.task):
            continue
        check = target_numbers if is_target else numbers
        cells = values(given.frame[column.name].filter(present), how, is_number=True)
        rows = places
        if len(levels) == 2 and not is_target:  # a boolean, which has other spellings
            is_other = match(cells, texts(levels).to_list()) < 0
            cells, rows = cells.filter(is_other), rows[is_other]
        try:
            check(cells, rows)
        except InputError as error:
            is_input = is_target or said.kinds.get(column.name) == "numeric" or how.form == "quantity"
            if is_input or any(_is_used(column.name, each, targets) for each in (table, joined)):
                raise InputError(f"{options.named_valid}: {error}") from None
        both = said.reading(joined.frame[column.name])
        if how.form == "quantity" and (both.form, both.unit, both.writing[:2]) != (
            how.form,
            how.unit,
            how.writing[:2],
        ):
            raise InputError(
                f"{options.named_valid} writes the numbers of column {column.name!r} otherwise than {options.named}, "
                f"where they are {how.note}. Write them alike in both files."
            )


def _said(table: Table, options: Options) -> Said:
    return understand(table.frame.columns, table.source, options.targets, **_words(options))


def _is_used(column: str, table: Table, targets: Sequence[str]) -> bool:
    """Whether a network would see the column, by the rows whose targets are present."""
    present = functools.reduce(operator.and_, (is_present(table.frame[name]) for name in targets))
    places = np.flatnonzero(present.to_numpy()) + 1
    try:
        return kinds.infer(
            table.frame[column].filter(present), places, table.plain_array, is_named=not table.is_headless
        ).used
    except InputError:  # an infinite cell
        return True
