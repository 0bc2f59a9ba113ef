"""A table's rows as the search reads them: `TableSource`, with every check of the files before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from honed.errors import InputError, warn
from honed.families.table.given import check_both_have_rows, joined, schema_of
from honed.family import Further
from honed.figures import counted
from honed.lazily import pl
from honed.search.options import Options
from honed.settings import nearest
from honed.table import columns, kinds, noticed, several, stems
from honed.table.cells import brief, parse_numbers, some
from honed.table.columns import Schema
from honed.table.order import Gap, Times, by_time, check_times, gap_of, only_grow, times_of
from honed.table.own_folds import by_column
from honed.table.probable import Probable, notice
from honed.table.read import Table
from honed.table.split import Splits

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
        if options.time is not None:
            for target in options.targets:
                check_time(table, options.time, target, options.categorical)
        if given is None:
            return cls.of_both(table, options)
        both = joined(table, given, options)
        return cls.of_both(both.table, options, table.frame.height, both.notes)

    @classmethod
    def of_both(
        cls, table: Table, options: Options, given_from: int | None = None, notes: tuple[str, ...] = ()
    ) -> TableSource:
        """The same where given rows are in the table already, from that one on."""
        of_fold = None
        if options.fold is not None:
            table, of_fold = without_folds(table, options.fold, options)
        if options.group_stem is not None:
            table, said = with_stems(table, options.group, options.group_stem)
            notes = (*notes, *said)
        schema = schema_of(table, options)
        table = schema.read_training(table)
        rows = columns.target_rows(table, schema)
        y, *others = (
            columns.target_values(table, schema, rows, head=head) for head in range(len(schema.targets))
        )
        groups = columns.group_values(table, schema, rows)
        valid_rows = None
        if given_from is not None:
            valid_rows = np.flatnonzero(rows >= given_from).astype(np.int32)
            check_both_have_rows(schema, groups, valid_rows, options)
        own = None if of_fold is None else by_column(of_fold[rows], table.source)
        is_free = not options.no_time and given_from is None and options.group is None and own is None
        schema, times, said = along(table, schema, rows, y, options.time, gap_of(options.gap), is_free)
        probable = None
        if times is None and is_free:
            schema, probable, more = notice(table.at(rows), schema)
            said = (*said, *more)
        return cls(
            table,
            schema,
            y,
            rows,
            groups,
            valid_rows,
            (*notes, *said),
            tuple(Further(other) for other in others),
            times=times,
            probable=probable,
            own=own,
            trend=options.trend,
        )

    def of_each(self) -> list[TableSource]:
        """The same rows with each of the targets alone."""
        ys = [self.y, *(own.y for own in self.further)]
        return [
            replace(self, schema=replace(self.schema, target=target, further=()), y=y, further=())
            for target, y in zip(self.schema.targets, ys, strict=True)
        ]

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


def without_folds(table: Table, name: str, options: Options) -> tuple[Table, pl.Series]:
    """The table without its column of folds, which is no input, and that column."""
    names = table.frame.columns
    if name not in names:
        raise InputError(f"{table.source} has no column {name!r}.{nearest(name, names)}")
    if name in (*options.targets, *options.exclude):
        what = "the target" if name in options.targets else "excluded"
        raise InputError(f"Column {name!r} is both {what} and that of folds. Name another column.")
    return replace(table, frame=table.frame.drop(name)), table.frame[name]


def with_stems(table: Table, group: str | None, stem: str) -> tuple[Table, tuple[str, ...]]:
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
            notes.append(newest(name, found.said))
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
    schema = replace(schema, columns=tuple(known), time=name)
    schema = _with_growing(schema, table, rows, times)
    return schema, times, (*notes, *held(schema))


def _with_growing(schema: Schema, table: Table, rows: Int[np.ndarray, " rows"], times: Times) -> Schema:
    """The schema of a table along its time, where it says of which columns the numbers only grow with that."""
    looked_at = rows[by_time(times.values)]
    columns = []
    for column in schema.columns:
        if column.kind == "numeric" and column.name != schema.time:
            numbers = parse_numbers(table.frame[column.name][looked_at]).to_numpy()
            column = replace(column, grows=only_grow(numbers))
        columns.append(column)
    return replace(schema, columns=tuple(columns))


def held(schema: Schema) -> list[str]:
    """What to say, along time, of inputs that stay at their last value in rows to come."""
    notes = growing(schema)
    if any(column.kind == "date" for column in schema.columns):
        notes.append(HELD)
    elif any(column.kind == "numeric" and column.name == schema.time for column in schema.columns):
        notes.append(NUMBER_HELD)
    return notes


def growing(schema: Schema) -> list[str]:
    """What to say of columns whose numbers only grow along time; nothing where there are none."""
    names = [column.name for column in schema.columns if column.grows and column.used]
    if not names:
        return []
    one = len(names) == 1
    said = (
        f"The numbers of column{'' if one else 's'} {some(names)} only grow, or only fall, along "
        f"{brief(schema.time or '')!r}. In rows to come they count as the last of them: a network says nothing of use "
        "beyond what it has seen."
    )
    return [said]


def newest(name: str, said: str) -> str:
    """What to say of a column that nobody named and along which rows are shared out; why is `said`."""
    return (
        f"The newest rows by {brief(name)!r} give the score, as new rows will come after them: {said}. Where the order "
        "in time does not matter, say --no-time (time=False)."
    )


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
    table = several.read(
        places.get("data", options.data), as_is=options.as_is, sheet=options.sheet, query=options.query
    )
    given, tables = None, [table]
    if options.valid is not None:
        path, known = places.get("valid", options.valid), table.frame.columns
        as_is, sheet = options.as_is, options.sheet
        given = several.read(path, least_rows=1, known=known, as_is=as_is, usual_sheet=sheet)
        tables.append(given)
    for each in tables:
        for doubt in each.doubts:
            warn(doubt)
    source = TableSource.of(table, options, given)
    notes = [note for each in tables for note in each.notes]
    return replace(source, notes=(*notes, *source.notes))
