"""The rows of a finished run and those that came after it, read as its model reads them: `grown`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from honed.encode.hashed import buckets
from honed.errors import InputError, warn
from honed.families.both_sides import found_in
from honed.families.table.source import TableSource, held, with_stems, without_folds
from honed.family import Further
from honed.figures import counted
from honed.lazily import pl
from honed.model import unfamiliar
from honed.run.paths import shown
from honed.search.options import Options
from honed.settings import nearest
from honed.table import bad_cells, batches, columns, read, several
from honed.table.cells import all_numbers, brief, match, some, texts, without
from honed.table.columns import Schema
from honed.table.order import check_times, times_of
from honed.table.read import Table

if TYPE_CHECKING:
    from jaxtyping import Bool, UInt64


def grown(options: Options, places: Mapping[str, str]) -> TableSource:
    """The source of all these rows; those to validate on are the new ones, which the last file holds.

    Parameters
    ----------
    options : with `Options.refit`. places : see `honed.family.Family.read`.

    Raises
    ------
    InputError
        The new rows lack a column or hold what the model cannot read, a class that it does not know, or no target; or
        they are those of the run.
    """
    assert options.refit is not None
    schema = Schema.from_json(options.refit.schema)
    found = tables(options, places)
    new = found[-1]
    for table in found:
        for doubt in table.doubts:
            warn(doubt)
    if new.fingerprint in options.refit.fingerprint:
        raise InputError(
            f"{new.source} is a table that the run has learned from already, so there is nothing new to learn. Give "
            "the rows that came after it."
        )
    check(new, schema)
    whole = together(found, schema)
    notes = [note for table in found for note in table.notes]
    if said := _of_unknown(new, schema):
        notes.append(said)
    if options.fold is not None and options.fold in whole.frame.columns:
        whole, _ = without_folds(whole, options.fold, options)
    if options.group_stem is not None:
        whole, said = with_stems(whole, schema.group, options.group_stem)
        notes += said
    is_meant = np.ones(whole.frame.height, bool)
    told = [name for name in whole.frame.columns if name in new.frame.columns]
    hashes = whole.frame.select(told).hash_rows().to_numpy()
    for start, end in pairwise(np.cumsum([table.frame.height for table in found])):
        is_one = seen(hashes[:start][is_meant[:start]], hashes[start:end])
        is_meant[start:end] = ~is_one
        notes += _of_repeated(is_one, new.source) if end == len(hashes) else []
    for target in schema.targets:
        if target.classes:  # of rows that were given to validate on, and left out
            is_meant &= match(whole.frame[target.name], target.classes) != -2
    rows = columns.target_rows(whole, schema)
    rows = rows[is_meant[rows]]
    y, *others = (
        columns.target_values(whole, schema, rows, head=head) for head in range(len(schema.targets))
    )
    times = None
    if schema.time is not None:
        cells = whole.frame[schema.time][rows]
        times = check_times(schema.time, times_of(cells), cells, whole.source)
        notes += held(schema)
    if options.refit.alone:
        notes.insert(0, options.refit.alone)
    return TableSource(
        whole,
        replace(schema, rows=len(rows), dropped_rows=int(is_meant.sum()) - len(rows)),
        y,
        rows,
        columns.group_values(whole, schema, rows),
        np.flatnonzero(rows >= len(hashes) - new.frame.height).astype(np.int32),
        tuple(notes),
        tuple(Further(other) for other in others),
        times=times,
    )


def tables(options: Options, places: Mapping[str, str]) -> list[Table]:
    """The tables of all files as the run's model reads them, in their order; the last has the new rows."""
    assert options.refit is not None
    schema = Schema.from_json(options.refit.schema)
    named = {"data": options.data, "valid": options.valid}
    named |= {f"more/{place}": path for place, path in enumerate(options.more)}
    paths = {name: places.get(name, path) for name, path in named.items() if path is not None}
    for path in paths.values():
        if batches.of(path, (), options.as_is) is not None:
            raise InputError(
                f"{shown(path)} is too large to be held in memory, and a run is trained on more rows only where all "
                "fit into it. Give fewer rows, or start a new run with `honed fit` on all of them."
            )
    names = [part.name for part in (*schema.columns, *schema.targets)]
    found: list[Table] = []
    for name, path in paths.items():
        known = () if name == "data" and options.more else names
        table = several.read(path, least_rows=1, known=known, as_is=options.as_is, usual_sheet=options.sheet)
        # Each by itself: another file may write the same numbers and dates otherwise.
        found.append(replace(table, frame=schema.read(table.frame, table.source)))
    return found


def together(found: Sequence[Table], schema: Schema) -> Table:
    """All of them in one, whose rows have empty cells in columns that no network looks at and their file lacks."""
    known = list(dict.fromkeys([*found[0].frame.columns, *(column.name for column in schema.columns)]))

    def whole(table: Table) -> Table:
        """With columns that are empty throughout of no type, which the other tables then decide."""
        frame, there = table.frame, set(table.frame.columns)
        empty = [name for name in known if name not in there or frame[name].null_count() == frame.height]
        return replace(table, frame=frame.with_columns(pl.lit(None).alias(n) for n in empty).select(known))

    joined = reduce(read.joined, map(whole, found))
    return replace(joined, frame=joined.frame.with_columns(pl.col(pl.Null).cast(pl.String)))


def check(new: Table, schema: Schema) -> None:
    """Refuse new rows that the model cannot take, with their place in their own file, or whose classes it lacks."""
    frame, asked = new.frame, [target.name for target in schema.targets]
    known = [column.name for column in schema.columns if column.used]
    lacking = [
        name for name in (*asked, schema.group, schema.time, *known) if name and name not in frame.columns
    ]
    if lacking:
        what = "the target" if lacking[0] in asked else "which the run has learned from"
        raise InputError(
            f"{new.source} has no column {brief(lacking[0])!r}, {what}, so it cannot be trained on. Give rows with the "
            f"columns of the run's own table.{nearest(lacking[0], frame.columns)}"
        )
    rows = columns.target_rows(new, schema)
    if not len(rows):
        are = f"the target {asked[0]!r} is" if len(asked) == 1 else f"one of the targets {some(asked)} is"
        raise InputError(
            f"{new.source}: {are} missing in every row, so there is nothing to learn. Fill the column."
        )
    for target in schema.targets:
        if not target.classes:
            continue
        cells = frame[target.name][rows]
        unknown = (
            texts(cells).filter(match(cells, target.classes) == -2).unique(maintain_order=True).to_list()
        )
        if unknown:
            where = f" in {target.name!r}" if len(asked) > 1 else ""
            raise InputError(
                f"{new.source} has rows of {some(unknown)}{where}, and the run has learned to tell "
                f"{some(target.classes)} apart: its networks have no output for another class. Take these rows out, "
                "or start a new run with `honed fit` on all rows."
            )
    two = [
        c for c in schema.columns if c.kind == "boolean" and all_numbers(pl.Series(c.levels, dtype=pl.String))
    ]
    others = frame.with_columns(
        without(frame[c.name], pl.Series(match(frame[c.name], c.levels) >= 0)) for c in two
    )
    numeric = [column.name for column in schema.columns if column.kind == "numeric"]
    dates = [column.name for column in schema.columns if column.kind == "date"]
    try:
        bad_cells.all_of(others, [*numeric, *(column.name for column in two)], dates)
        for head in range(len(schema.targets)):
            columns.target_values(new, schema, rows, head=head)
    except InputError as error:
        raise InputError(f"{new.source}: {error}") from None


def seen(
    known: UInt64[np.ndarray, " known"], given: UInt64[np.ndarray, " given"]
) -> Bool[np.ndarray, " given"]:
    """Which given rows are known, by hashes of the rows of both; of equal ones as many as the known rows have."""
    numbers = pl.DataFrame({"row": given}).select(pl.int_range(pl.len()).over("row")).to_series().to_numpy()
    different, counts = np.unique(known, return_counts=True)
    place = np.minimum(np.searchsorted(different, given), len(different) - 1)
    return found_in(known, given) & (numbers < counts[place])


def _of_repeated(is_one: Bool[np.ndarray, " new"], source: str) -> list[str]:
    """What is to be said of new rows that the old tables hold too."""
    count = int(is_one.sum())
    if not count:
        return []
    if is_one.all():
        raise InputError(
            f"All {counted(count, 'row')} of {source} are rows that the run has learned from, target included, so "
            "there is nothing new to learn. Give the rows that came after them."
        )
    return [
        f"Left out {counted(count, 'row')} of {source} that the run has learned from already, target included."
    ]


def _of_unknown(new: Table, schema: Schema) -> str:
    """What is to be said of words in the new rows that the run's schema does not tell apart, unless they are hashed."""
    found = unfamiliar.count(schema, new.frame)
    names = [
        column.name
        for column in schema.columns
        if column.name in found
        and not buckets(column)
        and unfamiliar.said_of(schema, {column.name: found[column.name]})
    ]
    if not names:
        return ""
    return (
        f"{new.source} has cells in {'column' if len(names) == 1 else 'columns'} {some(names)} that the run does not "
        "know. Which words are told apart stays as it is, so they count as rare, or as empty in a column of two "
        "values; where they matter, start a new run with `honed fit` on all rows."
    )
