"""A table's rows as the search reads them: `TableSource`, with every check of the files before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from honed.errors import InputError, warn
from honed.family import Further
from honed.figures import counted
from honed.search.options import Options
from honed.settings import nearest
from honed.table import columns, kinds, noticed, read, several, stems
from honed.table.cells import (
    all_numbers,
    brief,
    is_present,
    match,
    numbers,
    parse_numbers,
    some,
    target_numbers,
    texts,
)
from honed.table.columns import Schema
from honed.table.order import Gap, Times, check_times, gap_of, times_of
from honed.table.own_folds import by_column
from honed.table.probable import Probable, probable_groups
from honed.table.read import Table
from honed.table.reading import values
from honed.table.said import Said, understand
from honed.table.split import Splits
from honed.table.target import has_unseen_class, is_quantity

if TYPE_CHECKING:
    from jaxtyping import Int, Real

HELD = (
    "In rows later than all that were learned from, time since the first row and the year count as in the last: a "
    "network says nothing of use beyond what it has seen."
)

NUMBER_HELD = (
    "In rows later than all that were learned from, the number that says when rows were counts as the largest: a "
    "network says nothing of use beyond what it has seen."
)


@dataclass(frozen=True)
class TableSource:
    """The rows of a table that have a target; see `honed.family.Source`.

    `trend` says whether what only grows with time is an input; None leaves it to a quick fit.
    """

    table: Table
    schema: Schema
    y: Real[np.ndarray, " rows"]
    places: Int[np.ndarray, " rows"]
    groups: Int[np.ndarray, " rows"] | None = None
    given: Int[np.ndarray, " given"] | None = None
    notes: tuple[str, ...] = ()
    further: tuple[Further, ...] = ()
    times: Times | None = None
    probable: Probable | None = None
    own: Splits | None = None
    trend: bool | None = None

    @classmethod
    def of(cls, table: Table, options: Options, given: Table | None = None) -> TableSource:
        """The source of a table in memory; `given` holds rows to validate on."""
        count, notes = table.frame.height, ()
        if options.time is not None:
            check_time(table, options.time, options.target, options.categorical)
        if given is not None:
            table, notes = _joined(table, given, options)
        of_fold = None
        if options.fold is not None:
            table, of_fold = _without_folds(table, options.fold, options)
        if options.group_stem is not None:
            table, said = _with_stems(table, options.group, options.group_stem)
            notes = (*notes, *said)
        schema = columns.infer(table, options.target, **_words(options))
        table = schema.read_training(table)
        rows = columns.target_rows(table, schema)
        y = columns.target_values(table, schema, rows)
        groups = columns.group_values(table, schema, rows)
        valid_rows = None
        if given is not None:
            valid_rows = np.flatnonzero(rows >= count).astype(np.int32)
            _check_both_have_rows(schema, groups, valid_rows, options)
        own = None if of_fold is None else by_column(of_fold[rows], table.source)
        is_free = not options.no_time and given is None and options.group is None and own is None
        schema, times, said = along(table, schema, rows, y, options.time, gap_of(options.gap), is_free)
        probable = None
        if times is None and is_free:
            probable = probable_groups(
                table.frame if len(rows) == table.frame.height else table.frame[rows], schema
            )
        return cls(
            table,
            schema,
            y,
            rows,
            groups,
            valid_rows,
            (*notes, *said),
            times=times,
            probable=probable,
            own=own,
            trend=options.trend,
        )

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.table.source

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the file, or of both files."""
        return self.table.fingerprint

    def take(self, positions: Int[np.ndarray, " taken"]) -> pl.DataFrame:
        """The cells of those rows, all columns."""
        frame = self.table.frame
        is_all = len(positions) == len(self.places) == frame.height
        if is_all and (np.diff(positions) == 1).all():
            return frame
        return frame[self.places[positions].tolist()]


def _without_folds(table: Table, name: str, options: Options) -> tuple[Table, pl.Series]:
    """The table without its column of folds, which is no input, and that column."""
    names = table.frame.columns
    if name not in names:
        raise InputError(f"{table.source} has no column {name!r}.{nearest(name, names)}")
    if name in (options.target, *options.exclude):
        what = "the target" if name == options.target else "excluded"
        raise InputError(f"Column {name!r} is both {what} and that of folds. Name another column.")
    return replace(table, frame=table.frame.drop(name)), table.frame[name]


def _with_stems(table: Table, group: str | None, stem: str) -> tuple[Table, tuple[str, ...]]:
    """The table with the stem of each cell in the column of its groups, and a note of it."""
    if group is None:
        raise InputError(
            f"--group-stem {stem} says which part of a cell is the name of its group, and no column names groups. "
            "Give it with --group."
        )
    if group not in table.frame.columns:
        return table, ()
    names, note = stems.of(table.frame[group], stem, table.source)
    return replace(table, frame=table.frame.with_columns(names.alias(group))), (note,)


def along(
    table: Table,
    schema: Schema,
    rows: Int[np.ndarray, " rows"],
    y: Real[np.ndarray, " rows"],
    name: str | None,
    gap: Gap,
    may_notice: bool = True,
) -> tuple[Schema, Times | None, tuple[str, ...]]:
    """Along which column the rows of these positions are shared out, when each of them was, and what is to be said.

    Parameters
    ----------
    table : read as the schema reads it.
    y : the target of these rows. name : the column that was named. gap : what is to lie unused.
    may_notice : whether a column of dates that orders the rows counts as if it was named (`honed.table.noticed`).

    Raises
    ------
    InputError
        The column that was named is neither of numbers nor of dates, or a duration is to be the gap between numbers.
    """
    notes: list[str] = []
    if name is None and may_notice:
        targets = {target.name for target in schema.targets}
        kinds_of = table.frame.schema
        names = [
            each for each, kind in kinds_of.items() if kind in (pl.Date, pl.Datetime) and each not in targets
        ]
        found = noticed.notice(
            (table.frame[each][rows] for each in names), y, schema.target.task == "regression"
        )
        if found is not None:
            name = found.name
            notes.append(
                f"The newest rows by {brief(name)!r} give the score, as new rows will come after them: {found.said}. "
                "Where the order in time does not matter, say --no-time (time=False)."
            )
        else:
            doubted = noticed.with_empty_cells(
                (table.frame[each][rows] for each in names), y, schema.target.task == "regression"
            )
            if doubted is not None:
                empty = int(np.isnan(doubted.times.values).sum())
                notes.append(
                    f"The rows may follow each other in time by {brief(doubted.name)!r}, for {doubted.said}; but "
                    f"{counted(empty, 'cell')} of it {'is' if empty == 1 else 'are'} empty, so the score is of rows "
                    "drawn at random. With --time (time=) it is of the newest, and rows without a time always train."
                )
    if name is None:
        if gap:
            raise InputError(
                f"The gap of {gap.said()} lies between rows in the order of time, and no column says when they were. "
                "Name it with --time (time=)."
            )
        return schema, None, tuple(notes)
    cells = table.frame[name][rows]
    times = check_times(name, times_of(cells), cells, table.source)
    if gap.seconds and not times.are_dates:
        raise InputError(
            f"The gap is {gap.said()}, but the column {name!r} holds numbers, and honed does not know how long one of "
            "them is. Give the gap as a number of rows, or a column of dates."
        )
    why = "it was named as the time"  # where it counts rows, the trend is what it tells
    known = (kinds.as_numeric(c, cells, why) if c.name == name else c for c in schema.columns)
    schema = replace(schema, columns=tuple(known))
    if any(column.kind == "date" for column in schema.columns):
        notes.append(HELD)
    elif any(column.kind == "numeric" and column.name == name for column in schema.columns):
        notes.append(NUMBER_HELD)
    return replace(schema, time=name), times, tuple(notes)


def check_time(table: Table, name: str, target: str, categorical: Collection[str] = ()) -> None:
    """Refuse a time that is no column, or the target, or that is to be levels."""
    names = table.frame.columns
    if name not in names:
        raise InputError(f"{table.source} has no column {name!r}.{nearest(name, names)}")
    if name == target:
        raise InputError(
            f"Column {name!r} is both the target and the time, but when a row was has to be known before its target "
            "is. Name another column."
        )
    if name in categorical:
        raise InputError(levels_of_time(name))


def levels_of_time(name: object) -> str:
    """What to say of a column that is to order the rows and to be levels."""
    return (
        f"Column {name!r} is to say when rows were, and was declared categorical too; but levels have no order, and "
        "those of rows to come have not been seen. Leave out one of the two."
    )


def from_files(options: Options, places: Mapping[str, str]) -> TableSource:
    """The source that `options` name; see `honed.family.Family.read`."""
    table = several.read(places.get("data", options.data), as_is=options.as_is)
    given, tables = None, [table]
    if options.valid is not None:
        path, known = places.get("valid", options.valid), table.frame.columns
        given = several.read(path, least_rows=1, known=known, as_is=options.as_is)
        tables.append(given)
    for each in tables:
        for doubt in each.doubts:
            warn(doubt)
    source = TableSource.of(table, options, given)
    notes = [note for each in tables for note in each.notes]
    return replace(source, notes=(*notes, *source.notes))


def _joined(table: Table, given: Table, options: Options) -> tuple[Table, tuple[str, ...]]:
    """Both tables in one, the given rows last, and what was left out; columns by the first table's names."""
    missing = [name for name in table.frame.columns if name not in given.frame.columns]
    if missing:
        raise InputError(
            f"{options.valid!r} lacks the column {missing[0]!r} of {options.data!r}, so its rows cannot be scored. "
            "Give a file with the same columns."
        )
    joined = read.joined(table, given)
    _check_numbers_of(given, table, joined, options)
    both, name, count = joined.frame, options.target, table.frame.height
    is_repeated = _repeated(both, count, options)
    notes: list[str] = []
    if is_repeated.any():
        number = int(is_repeated.sum())
        notes.append(
            f"Left out {counted(number, 'row')} of {options.valid} that {'is one' if number == 1 else 'are rows'} of "
            f"{options.data} too, target included: what learns from them there would choose by them here."
        )
        both = both.filter(~is_repeated)
        joined = replace(joined, frame=both)
    if name not in both.columns or is_quantity(joined, name, options.task):
        return joined, tuple(notes)
    unseen = has_unseen_class(both[name], count, options.task)
    if not unseen.any():
        return joined, tuple(notes)
    classes = texts(both[name]).filter(unseen).unique(maintain_order=True).to_list()
    notes.append(
        f"Left out {counted(int(unseen.sum()), 'row')} of {options.valid} whose class training lacks "
        f"({some(classes)}): no network could name it."
    )
    return replace(joined, frame=both.filter(~unseen)), tuple(notes)


def _repeated(both: pl.DataFrame, count: int, options: Options) -> pl.Series:
    """Which rows are given ones, those after the first `count`, that the table holds too, beyond what chance repeats.

    Raises
    ------
    InputError
        All given rows do.
    """
    rows = both.hash_rows()
    table, given = rows.head(count), rows.slice(count)
    repeated = given.is_in(table.unique().implode())
    own = float(
        table.is_duplicated().to_numpy().mean()
    )  # of a table of few different rows any row repeats another
    if repeated.sum() <= max(0.01, 2 * own) * len(given):
        repeated = pl.repeat(False, len(given), eager=True)
    if len(given) and repeated.all():
        raise InputError(
            f"All {counted(len(given), 'row')} of {options.valid} are rows of {options.data} too, target included, so "
            "what learns from the table would choose by what it has learned. Take them out of the table, or give rows "
            "that it does not hold."
        )
    return pl.concat([pl.repeat(False, count, eager=True), repeated])


def _check_numbers_of(given: Table, table: Table, joined: Table, options: Options) -> None:
    """Refuse a given row without a finite number where the first table has numbers: it would change the column.

    Columns that are left out with the given rows and without do not matter.
    """
    name = options.target
    if name not in table.frame.columns:
        return
    said = _said(table, options)
    present = is_present(values(given.frame[name], said.reading(table.frame[name]), is_number=False))
    places = np.flatnonzero(present.to_numpy()) + 1
    for column in table.frame:
        is_other = said.kinds.get(column.name) in ("categorical", "date", "excluded")
        if column.name == options.group or is_other:
            continue
        how = said.reading(column)
        own = values(column, how, is_number=False)
        if how.form == "time" or not all_numbers(own):
            continue
        levels = parse_numbers(own).drop_nulls().unique()
        if len(levels) < 2:
            continue
        if column.name == name and not is_quantity(table, name, options.task):
            continue
        check = target_numbers if column.name == name else numbers
        cells = values(given.frame[column.name].filter(present), how, is_number=True)
        rows = places
        if len(levels) == 2 and column.name != name:  # a boolean, which has other spellings
            is_other = match(cells, texts(levels).to_list()) < 0
            cells, rows = cells.filter(is_other), rows[is_other]
        try:
            check(cells, rows)
        except InputError as error:
            is_input = (
                column.name == name or said.kinds.get(column.name) == "numeric" or how.form == "quantity"
            )
            if is_input or _is_used(column.name, table, name) or _is_used(column.name, joined, name):
                raise InputError(f"{options.valid}: {error}") from None
        both = said.reading(joined.frame[column.name])
        if how.form == "quantity" and (both.form, both.unit, both.writing[:2]) != (
            how.form,
            how.unit,
            how.writing[:2],
        ):
            raise InputError(
                f"{options.valid} writes the numbers of column {column.name!r} otherwise than {options.data}, where "
                f"they are {how.note}. Write them alike in both files."
            )


def _said(table: Table, options: Options) -> Said:
    return understand(table.frame.columns, table.source, options.target, **_words(options))


def _words(options: Options) -> dict[str, Any]:
    """What the user said of columns, as keywords."""
    names = ("task", "group", "exclude", "categorical", "numeric", "date", "missing", "schema")
    return {name: getattr(options, name) for name in names}


def _is_used(column: str, table: Table, target: str) -> bool:
    """Whether a network would see the column, by the rows whose target is present."""
    present = is_present(table.frame[target])
    places = np.flatnonzero(present.to_numpy()) + 1
    try:
        return kinds.infer(
            table.frame[column].filter(present), places, table.plain_array, is_named=not table.is_headless
        ).used
    except InputError:  # an infinite cell
        return True


def _check_both_have_rows(
    schema: Schema,
    groups: Int[np.ndarray, " rows"] | None,
    valid_rows: Int[np.ndarray, " valid"],
    options: Options,
) -> None:
    """Refuse files of which one has no row to train on, or none to validate on."""
    name, free = schema.target.name, schema.rows - len(valid_rows)
    for path, rows in ((options.valid, len(valid_rows)), (options.data, free)):
        if not rows:
            raise InputError(
                f"{path} has no row whose target {name!r} is there and, for classes, known from training, so "
                f"{'nothing could be validated' if path == options.valid else 'nothing could be learned'}. "
                "Fill the column, or give another file."
            )
    if groups is not None and len(np.unique(np.delete(groups, valid_rows))) < 2:
        raise InputError(
            f"{options.data} has one group in its column {schema.group!r}. Groups are kept whole, and learning and the "
            "final score each need one, so at least 2 are needed beside those of the validation file. Name another "
            "column, or leave the group out."
        )
