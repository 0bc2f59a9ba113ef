"""The rows of a table that is too large for memory, read batch by batch: `StreamedSource`.

A first pass over the files draws a sample of rows, from which all is understood that takes many rows at once: types,
readings, levels and scales. It counts empty cells and keeps the target. A second one encodes (`in_batches`).

Rows have a random order of their own, in which the arrays of encoded rows are written: each row goes into one of some
buckets, drawn for each alone, and into its next free place. A bucket is so a random share of the table, however the
files are sorted, and lies in one piece.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.encode import means
from honed.encode.wordy import most_inputs
from honed.errors import InputError, warn
from honed.families.both_sides import Repeated, repeated_rows
from honed.families.table import coded, first_pass, shared_out, trend
from honed.families.table.first_pass import CHUNK, Found, chances
from honed.families.table.given import joined
from honed.families.table.scratch import scratch
from honed.families.table.shared_out import Rows
from honed.families.table.source import TableSource, along, held, newest
from honed.figures import counted
from honed.lazily import pl
from honed.run import memory
from honed.table import bad_cells, batches, read, several
from honed.table.batches import Batches, Irregular, Whole
from honed.table.cells import brief, match, some
from honed.table.columns import Schema
from honed.table.kinds import Column
from honed.table.noticed import REGULAR
from honed.table.order import Times, gap_of
from honed.table.read import Table
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Int, Int32, Real

    from honed.search.options import Options

# Of Parquet and of CSV files: less is held in memory, where there is so much. A table takes half of what is free at
# most, as its encoded rows and the networks need some too. A cell of Parquet counts as 16 bytes of CSV, as in these.
LARGE_CELLS, LARGE_BYTES = 1 << 26, 1 << 30
_PLENTY = 2 * batches.HELD * LARGE_BYTES
BUCKET, BUCKET_BYTES = 1 << 20, 1 << 28  # rows of a bucket, about, and as many bytes at most
_BLOCKS, _BLOCK = 256, 1 << 16  # of a file that its fingerprint is of


class Sizes(NamedTuple):
    """What counts as large, how many rows are a sample, and how many a bucket; other than `fitting` for tests."""

    large_cells: int = LARGE_CELLS
    large_bytes: int = LARGE_BYTES
    sample: int = first_pass.SAMPLE_ROWS
    bucket: int = BUCKET
    batch_cells: int = batches.CELLS
    block: int = 1 << 24


def fitting(free: int | None) -> Sizes:
    """The sizes where so many bytes of memory are free; None is plenty (`scarce`).

    What is read whole to predict too (`batches.LARGE_BYTES`) is held in memory however little is free.
    """
    usual, share = Sizes(), 1.0 if free is None else free / _PLENTY
    cells = max(batches.LARGE_CELLS, int(share * LARGE_CELLS))
    size = max(batches.LARGE_BYTES, int(share * LARGE_BYTES))
    return usual._replace(large_cells=min(usual.large_cells, cells), large_bytes=min(usual.large_bytes, size))


def scarce(free: int | None = None) -> int | None:
    """The bytes of memory that are free now, for `Options.memory`: None where any table fits that may be held in it.

    Parameters
    ----------
    free : instead of those of this process.
    """
    free = memory.available() if free is None else free
    return free if free < _PLENTY else None


@dataclass(frozen=True)
class StreamedSource:
    """Rows in files; see `honed.family.Source`. Positions are of the random order.

    Attributes
    ----------
    batches : the files, and those of rows that were given to validate on.
    sample : rows drawn from all of them, in memory. at : positions of the sample's rows.
    shared : the sample's rows shared out. schema : of the sample, with what is known of all rows.
    place_of : by row of the files its position, -1 for one that is left out. columns : of the files, by name.
    reading_seconds : what the first pass over the files took. bounds : the positions at which buckets begin and end.
    groups : of the sample's rows; -1 of all others.
    """

    batches: tuple[Batches | Whole, ...]
    sample: TableSource
    at: Int32[np.ndarray, " sample"]
    shared: Splits
    schema: Schema
    y: Real[np.ndarray, " rows"]
    places: Int32[np.ndarray, " rows"]
    place_of: Int32[np.ndarray, " all"]
    own: Splits
    columns: list[str]
    fingerprint: str
    reading_seconds: float
    notes: tuple[str, ...] = ()
    bounds: Int[np.ndarray, " bounds"] | None = None
    groups: Int32[np.ndarray, " rows"] | None = None
    given: Int32[np.ndarray, " given"] | None = None
    further: tuple[()] = ()
    times: Times | None = None
    probable: None = None

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.batches[0].source

    def take(self, positions: Int[np.ndarray, " taken"]) -> pl.DataFrame:
        """The cells of those rows, all columns; of rows beyond the sample after a pass over the files."""
        order = np.argsort(self.at)
        found = order[np.minimum(np.searchsorted(self.at[order], positions), len(order) - 1)]
        if (self.at[found] == positions).all():
            return self.sample.take(found)
        wanted = np.asarray(self.places[positions], np.int64)
        rows, parts = np.sort(wanted), list[pl.DataFrame]()
        for before, frame in self._frames():
            inside = rows[np.searchsorted(rows, before) : np.searchsorted(rows, before + frame.height)]
            if len(inside):
                parts.append(self.schema.read(frame[(inside - before).tolist()]))
        return pl.concat(parts, how="vertical_relaxed")[np.searchsorted(rows, wanted).tolist()]

    def in_batches(self) -> Iterator[tuple[Int32[np.ndarray, " batch"], pl.DataFrame]]:
        """All rows of the files, batch by batch: positions, -1 for rows that are left out, and cells as they are read.

        Raises
        ------
        InputError
            The files are not as they were.

        Warns
        -----
        DataWarning
            Cells were taken as empty that cannot be read, which the sample's readings know nothing of.
        """
        numbers = [column.name for column in self.schema.columns if column.kind == "numeric"]
        dates = [column.name for column in self.schema.columns if column.kind == "date"]
        count, shown = 0, list[str]()
        for before, frame in self._frames():
            cells, bad = bad_cells.emptied(self.schema.read(frame), numbers, dates, before)
            count += bad.count
            shown = (shown + bad.shown)[: bad_cells.TOLD]
            yield self.place_of[before : before + frame.height], cells
        if count:
            warn(f"{self.name}: {bad_cells.said_of_emptied(count, shown)}")

    def _frames(self) -> Iterator[tuple[int, pl.DataFrame]]:
        """The frames of all batches, each with the number of rows before it; lines that are none do not count."""
        before, names = 0, self.columns
        try:
            for batch in itertools.chain(*self.batches):
                frame = batch.table.frame.select(names)
                if before + frame.height > len(self.place_of):
                    raise self._changed()
                yield before, frame
                before += frame.height
        except Irregular:
            raise self._changed() from None
        if before != len(self.place_of):
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(
            f"{self.name} has changed since it was first read; a table that is not held in memory is read twice, and "
            "must be the same both times. Start again when nothing writes to it any more."
        )

    @property
    def has_edge(self) -> bool:
        """See `honed.search.streams.InBatches`: what grows with time stays at its last value in later rows."""
        return self.schema.time is not None and any(
            column.used
            and (column.kind == "numeric" if not column.parts else set(trend.TREND) & set(column.parts))
            for column in self.schema.columns
            if column.name == self.schema.time or column.parts or column.grows
        )

    def learned_from(self, rows: Int[np.ndarray, " train"]) -> tuple[TableSource, Int[np.ndarray, " train"]]:
        """What encoders are learned from: the sample, with what is known of all rows, and those of `rows` in it."""
        near = rows[np.minimum(np.searchsorted(rows, self.at), len(rows) - 1)]
        return replace(self.sample, schema=self.schema), np.flatnonzero(near == self.at)

    def settled(self) -> StreamedSource:
        """See `honed.families.table.family.TableFamily.settled`; the sample's rows say it."""
        known = self.shared.known(len(self.sample.y))
        sample = trend.settled(coded.settled(self.sample, known), known)
        if sample is self.sample:
            return self
        before = {column.name: column for column in self.sample.schema.columns}
        whole = {column.name: column for column in self.schema.columns}
        columns = tuple(
            replace(column, missing=whole[column.name].missing + column.missing - before[column.name].missing)
            for column in sample.schema.columns
        )
        taken_back = set(self.sample.notes) - set(sample.notes)
        new = (note for note in sample.notes if note not in self.sample.notes)
        notes = (*(note for note in self.notes if note not in taken_back), *new)
        return replace(self, sample=sample, schema=replace(self.schema, columns=columns), notes=notes)


def in_batches_of(path: str, as_is: bool, sizes: Sizes | None = None) -> Batches | None:
    """The batches of a table that is not to be held in memory; None for any other."""
    sizes = sizes or Sizes()
    large = {"large_cells": sizes.large_cells, "large_bytes": sizes.large_bytes}
    return batches.of(path, (), as_is, **large, cells=sizes.batch_cells, block=sizes.block)


def from_files(
    options: Options, path: str, sizes: Sizes | None = None, valid: str | None = None
) -> StreamedSource | None:
    """The source of a large table; None for one that is to be read whole.

    Parameters
    ----------
    path, valid : where the data of the options are, and the rows to validate on.

    Raises
    ------
    InputError
        What the options ask for takes all rows at once; else as for a table in memory.
    """
    sizes = sizes or fitting(options.memory)
    parts = in_batches_of(path, options.as_is, sizes)
    if parts is None:
        return None
    if options.further:
        raise InputError(
            f"{parts.source} is too large to be held in memory, and several targets ({some(options.targets)}) are "
            "learned together from a table in memory alone. Name one target, or give fewer rows."
        )
    if options.nested:
        raise InputError(
            f"{parts.source} is too large to be held in memory, and each of --nested {options.nested} rounds would "
            "read and encode all its rows anew. A score of thousands of rows that no choice has seen is sure without. "
            "Leave it out."
        )
    if means.ENCODING in ((options.settings or {}).get("encoding"), *options.encodings):
        raise InputError(
            f"{parts.source} is too large to be held in memory, and the target's means in the rows of each level "
            f"(encoding {means.ENCODING!r}) are learned from a table in memory alone. Leave it out, or give fewer rows."
        )
    try:
        found = first_pass.first_pass(parts, options, sizes.sample, is_hashed=options.valid is not None)
    except Irregular as irregular:
        parts.check_fits(irregular)
        return None
    table = Table(found.sample, parts.source, "", is_typed=found.is_typed)
    read.check_size(found.sample, parts.source, 2, 2)
    options = replace(options, nested=0)
    if options.valid is None:
        return _source((parts,), found, TableSource.of(table, options), options, sizes)
    others, more = _given(options, valid or options.valid, found, sizes)
    given = Table(more.sample, options.named_valid, "", is_typed=more.is_typed)
    repeated = repeated_rows(np.concatenate(found.hashes), np.concatenate(more.hashes), options)
    of_sample = Repeated(repeated.is_one[more.of_sample], repeated.count)
    both = joined(table, given, options, of_sample)
    found = first_pass.together(found, more, both.table.frame, both.kept, repeated.is_one)
    sample = TableSource.of_both(both.table, options, table.frame.height, both.notes)
    return _source((parts, others), found, sample, options, sizes)


def _given(options: Options, path: str, found: Found, sizes: Sizes) -> tuple[Batches | Whole, Found]:
    """The batches of rows that were given to validate on, and what a pass over them finds."""
    names = found.sample.columns
    how = {"cells": sizes.batch_cells, "block": sizes.block}
    parts = batches.of(path, names, options.as_is, large_cells=-1, large_bytes=-1, **how)

    def of(parts: Batches | Whole) -> tuple[Batches | Whole, Found]:
        return parts, first_pass.first_pass(parts, options, sizes.sample, is_hashed=True, like=found.types)

    if parts is not None:
        try:
            _, more = of(parts)
            if more.rows:  # else it is said as of any table
                return parts, more
        except Irregular as irregular:
            parts.check_fits(irregular)
    table = several.read(path, least_rows=1, known=names, as_is=options.as_is)
    return of(Whole(table, tuple(several.files(path) or [path])))


def _source(
    parts: tuple[Batches | Whole, ...], found: Found, sample: TableSource, options: Options, sizes: Sizes
) -> StreamedSource:
    source, files = parts[0].source, [each.files for each in parts]
    by_row, present, told = _targets(found, sample.schema, source)
    more = sum(len(column.levels) for column in sample.schema.columns if column.kind == "list")
    more += sum(most_inputs(column.levels) for column in sample.schema.columns if column.kind == "words")
    bucket = min(sizes.bucket, max(1, BUCKET_BYTES // (4 * (found.sample.width + more))))
    place_of, places, bounds = _order(present, options.seed, bucket)
    of_sample = found.of_sample[sample.places]
    rows = Rows(place_of, len(places), of_sample, place_of[of_sample])
    sample, doubted = _timed(found, sample, options, place_of)
    shared = shared_out.share(found, sample, rows, options)
    how = (
        f"{source}: its {found.rows:,} rows are not held in memory: types, levels and scales are those of "
        f"{len(sample.y):,} of them, drawn from all, and training goes through windows of rows in random order."
    )
    notes = (*found.notes, how, *sample.notes, *doubted, *told, *shared.notes)
    return StreamedSource(
        parts,
        sample,
        rows.at,
        shared_out.of_sample(shared.splits, rows.at),
        _whole(sample.schema, found, rows.count),
        rows.by_position(by_row),
        places,
        place_of,
        shared.splits,
        list(found.types),
        "".join(map(fingerprint, files)),
        found.seconds,
        notes,
        bounds=bounds,
        groups=shared.groups,
        given=None if sample.given is None else shared.splits.folds[0].valid,
        times=shared.times,
    )


def _timed(
    found: Found, sample: TableSource, options: Options, place_of: Int32[np.ndarray, " all"]
) -> tuple[TableSource, tuple[str, ...]]:
    """The sample with times that all rows show, or without those that not all of them have, and what is to be said."""
    name = sample.schema.time
    ways = (options.group, options.fold, options.valid)
    if name is None and not options.no_time and all(way is None for way in ways):
        name = shared_out.regular(found, sample, place_of)
        if name is None:
            return sample, ()
        of = sample.table, sample.schema, sample.places, sample.y
        schema, times, said = along(*of, name, gap_of(options.gap))
        return replace(sample, schema=schema, times=times, probable=None), (newest(name, REGULAR), *said)
    if name is None or name in found.columns:
        return sample, ()
    notes = tuple(note for note in sample.notes if note not in held(sample.schema))
    doubt = (
        f"Rows drawn at random give the score nevertheless, as the first rows did not show that {brief(name)!r} holds "
        "dates. With --time (time=) it is of the newest."
    )
    return replace(sample, times=None, schema=replace(sample.schema, time=None), notes=notes), (doubt,)


def _targets(
    found: Found, schema: Schema, source: str
) -> tuple[Real[np.ndarray, " all"], np.ndarray, list[str]]:
    """The target by row of the files, which rows have one, and what is to be said of the others."""
    target = schema.target
    is_quantity = target.task == "regression"
    by_row = scratch(found.rows, np.dtype(np.float64 if is_quantity else np.int32))
    present = np.ones(found.rows, bool)
    if found.left_out is not None:
        present[found.left_out] = False
    unread, unknown = 0, 0
    shown, words = list[str](), set[str]()
    own = replace(schema, columns=())
    for before, piece in found.pieces(target.name):
        cells = own.read(piece)
        inside = slice(before, before + cells.height)
        if is_quantity:
            cells, bad = bad_cells.emptied(cells, [target.name], before=before)
            unread, shown = unread + bad.count, (shown + bad.shown)[: bad_cells.TOLD]
            values = bad_cells.all_of(cells, [target.name])[0]
            by_row[inside] = values
            present[inside] &= ~np.isnan(values)
        else:
            codes = match(cells[target.name], target.classes)
            strange = cells[target.name].filter(pl.Series(present[inside] & (codes == -2)))
            unknown += len(strange)
            if len(words) < bad_cells.TOLD:
                words |= set(strange.head(bad_cells.TOLD).cast(pl.String).to_list())
            by_row[inside] = codes
            present[inside] &= codes >= 0
    said = []
    if unread:
        said.append(f"Left out {counted(unread, 'row')} whose target cannot be read: {'; '.join(shown)}.")
    if unknown:
        said.append(
            f"Left out {counted(unknown, 'row')} of classes so rare that the sample has none ({some(sorted(words))})."
        )
    return by_row, present, [f"{source}: {sentence}" for sentence in said]


def _order(
    present: np.ndarray, seed: int, bucket: int
) -> tuple[Int32[np.ndarray, " all"], Int32[np.ndarray, " rows"], Int[np.ndarray, " bounds"]]:
    """By row of the files its position, -1 for one that is not present; the row at each position; where buckets end."""
    total, rows = len(present), int(present.sum())
    number = max(1, -(-rows // bucket))
    buckets = scratch(total, np.dtype(np.int32))
    sizes = np.zeros(number, np.int64)
    for first in range(0, total, CHUNK):
        inside = slice(first, first + CHUNK)
        own = (chances(first, len(present[inside]), seed, "bucket") * number).astype(np.int32)
        buckets[inside] = own
        sizes += np.bincount(own[present[inside]], minlength=number)
    free = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    short = np.min_scalar_type(number)  # numbers of two bytes are sorted much quicker
    place_of, places = scratch(total, np.dtype(np.int32)), scratch(rows, np.dtype(np.int32))
    for first in range(0, total, CHUNK):
        own = buckets[first : first + CHUNK]
        kept = np.flatnonzero(present[first : first + CHUNK])
        order = kept[np.argsort(own[kept].astype(short), kind="stable")]
        counts = np.bincount(own[order], minlength=number)
        starts = np.repeat(free - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        positions = (starts + np.arange(len(order))).astype(np.int32)
        part = np.full(len(own), -1, np.int32)
        part[order] = positions
        place_of[first : first + CHUNK] = part
        places[positions] = first + order
        free += counts
    return place_of, places, np.concatenate([[0], np.cumsum(sizes)])


def _whole(schema: Schema, found: Found, rows: int) -> Schema:
    """The sample's schema with the number of all rows and of all empty cells."""
    empty = first_pass.nulls(found.sample, schema.target.name)
    factor = rows / max(1, schema.rows)

    def counted_in_all(column: Column) -> Column:
        read_so = max(0, column.missing - empty.get(column.name, 0))  # words that mean an empty cell
        missing = min(rows, found.nulls.get(column.name, 0) + round(factor * read_so))
        return replace(column, missing=missing)

    columns = tuple(counted_in_all(column) for column in schema.columns)
    return replace(schema, columns=columns, rows=rows, dropped_rows=found.rows - rows)


def fingerprint(files: tuple[str, ...]) -> str:
    """SHA-256 of the sizes of the files and of blocks throughout each of them; `InputError` where one is gone."""
    digest = hashlib.sha256()
    for name in files:
        try:
            with open(name, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                digest.update(f"{size}\n".encode())
                for start in np.unique(np.linspace(0, max(0, size - _BLOCK), _BLOCKS).astype(np.int64)):
                    digest.update(os.pread(file.fileno(), _BLOCK, int(start)))
        except OSError as error:
            raise batches.unreadable(name, error) from None
    return digest.hexdigest()
