"""The rows of a table that is too large for memory, read batch by batch: `StreamedSource`.

A first pass over the files draws a sample of rows, from which all is understood that takes many rows at once: types,
readings, levels and scales. It counts empty cells and keeps the target. A second one encodes (`in_batches`).

Rows have a random order of their own, in which the arrays of encoded rows are written: each row goes into one of some
buckets, drawn for each alone, and into its next free place. A bucket is so a random share of the table, however the
files are sorted, and lies in one piece.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from honed.errors import InputError, warn
from honed.families.table import coded
from honed.families.table.source import TableSource
from honed.figures import counted
from honed.run import disk
from honed.table import bad_cells, batches, read, split
from honed.table.batches import Batches, Irregular, Said
from honed.table.cells import match, some
from honed.table.columns import Schema
from honed.table.kinds import Column
from honed.table.read import Table
from honed.table.split import Fold, Splits

if TYPE_CHECKING:
    from jaxtyping import Float64, Int, Int32, Real

    from honed.search.options import Options

LARGE_CELLS, LARGE_BYTES = 1 << 26, 1 << 30  # of Parquet and of CSV files: less is held in memory
SAMPLE_ROWS, SAMPLE_CELLS = 200_000, 1 << 25  # of which all is understood
BUCKET, BUCKET_BYTES = 1 << 20, 1 << 28  # rows of a bucket, about, and as many bytes at most
_LEAST_SAMPLE = 10_000  # rows, however many columns there are
_CHUNK = 1 << 16  # rows whose buckets and chances one generator draws
_BLOCKS, _BLOCK = 256, 1 << 16  # of a file that its fingerprint is of


class Sizes(NamedTuple):
    """What counts as large, how many rows are a sample, and how many a bucket; for tests."""

    large_cells: int = LARGE_CELLS
    large_bytes: int = LARGE_BYTES
    sample: int = SAMPLE_ROWS
    bucket: int = BUCKET
    batch_cells: int = batches.CELLS
    block: int = 1 << 24


@dataclass(frozen=True)
class StreamedSource:
    """Rows in files; see `honed.family.Source`. Positions are of the random order.

    Attributes
    ----------
    batches : the files. sample : rows drawn from all of them, in memory. at : positions of the sample's rows.
    shared : the sample's rows shared out. schema : of the sample, with what is known of all rows.
    place_of : by row of the files its position, -1 for one without a target.
    reading_seconds : what the first pass over the files took. bounds : the positions at which buckets begin and end.
    """

    batches: Batches
    sample: TableSource
    at: Int32[np.ndarray, " sample"]
    shared: Splits
    schema: Schema
    y: Real[np.ndarray, " rows"]
    places: Int32[np.ndarray, " rows"]
    place_of: Int32[np.ndarray, " all"]
    own: Splits
    fingerprint: str
    reading_seconds: float
    notes: tuple[str, ...] = ()
    bounds: Int[np.ndarray, " bounds"] | None = None
    groups: None = None
    given: None = None
    further: tuple[()] = ()
    times: None = None
    probable: None = None

    @property
    def name(self) -> str:
        """What messages call the table."""
        return self.batches.source

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
        before = 0
        try:
            for batch in self.batches:
                frame = batch.table.frame
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

    def learned_from(self) -> tuple[TableSource, Int[np.ndarray, " train"]]:
        """What encoders are learned from: the sample, with what is known of all rows, and its rows that train."""
        return replace(self.sample, schema=self.schema), self.shared.folds[0].train

    def settled(self) -> StreamedSource:
        """See `honed.families.table.family.TableFamily.settled`; the sample's rows say it."""
        sample = coded.settled(self.sample, self.shared.known(len(self.sample.y)))
        if sample is self.sample:
            return self
        before = {column.name: column for column in self.sample.schema.columns}
        whole = {column.name: column for column in self.schema.columns}
        columns = tuple(
            replace(column, missing=whole[column.name].missing + column.missing - before[column.name].missing)
            for column in sample.schema.columns
        )
        notes = sample.notes[len(self.sample.notes) :]
        schema = replace(self.schema, columns=columns)
        return replace(self, sample=sample, schema=schema, notes=(*self.notes, *notes))


def in_batches_of(path: str, as_is: bool, sizes: Sizes | None = None) -> Batches | None:
    """The batches of a table that is not to be held in memory; None for any other."""
    sizes = sizes or Sizes()
    large = {"large_cells": sizes.large_cells, "large_bytes": sizes.large_bytes}
    return batches.of(path, (), as_is, **large, cells=sizes.batch_cells, block=sizes.block)


def from_files(options: Options, path: str, sizes: Sizes | None = None) -> StreamedSource | None:
    """The source of a large table; None for one that is to be read whole.

    Parameters
    ----------
    path : where the data of the options are.

    Raises
    ------
    InputError
        What the options ask for takes all rows at once; else as for a table in memory.
    """
    sizes = sizes or Sizes()
    parts = in_batches_of(path, options.as_is, sizes)
    if parts is None:
        return None
    try:
        found = _first_pass(parts, options, sizes)
    except Irregular:
        return None
    _check(options, parts.source, found.rows)
    sample = _sample(found, parts, options)
    return _source(parts, found, sample, options, sizes)


class _Found(NamedTuple):
    """What the first pass gives: rows of the files, the sample with its rows, empty cells by column, the target."""

    rows: int
    sample: pl.DataFrame
    of_sample: Int[np.ndarray, " sample"]
    nulls: dict[str, int]
    target: _Pieces
    is_typed: bool
    notes: tuple[str, ...]
    seconds: float


class _Pieces:
    """Frames in a file without a name, one behind the other."""

    def __init__(self) -> None:
        self._fd = -1
        with disk.refusals(tempfile.gettempdir()), tempfile.TemporaryFile() as file:
            self._fd = os.dup(file.fileno())
        self._starts = [0]

    def add(self, frame: pl.DataFrame) -> None:
        buffer = io.BytesIO()
        frame.write_ipc(buffer)
        rest, end = buffer.getbuffer(), self._starts[-1]
        with disk.refusals(tempfile.gettempdir()):
            while rest:  # a disk may take a part at a time
                written = os.pwrite(self._fd, rest, end)
                rest, end = rest[written:], end + written
        self._starts.append(end)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for start, end in itertools.pairwise(self._starts):
            yield pl.read_ipc(io.BytesIO(os.pread(self._fd, end - start, start)))

    def __del__(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)


def _first_pass(parts: Batches, options: Options, sizes: Sizes) -> _Found:
    target = _Pieces()
    taken, keys, rows_of = list[pl.DataFrame](), list[np.ndarray](), list[np.ndarray]()
    nulls: dict[str, int] = {}
    bound, most, rows, is_typed = 1.0, sizes.sample, 0, True
    said, began = Said(parts), time.monotonic()
    for batch in parts:
        frame, is_typed = batch.table.frame, batch.table.is_typed
        said.add(batch)
        if not rows:
            most = min(most, max(_LEAST_SAMPLE, SAMPLE_CELLS // max(1, frame.width)))
            if options.target not in frame.columns:  # said as of any table
                said.warn()
                own = np.arange(frame.height)
                return _Found(frame.height, frame, own, {}, target, is_typed, said.notes, 0.0)
        target.add(frame.select(options.target))
        for name, count in _nulls(frame, options.target).items():
            nulls[name] = nulls.get(name, 0) + count
        key = _chances(rows, frame.height, options.seed, "sample")
        chosen = np.flatnonzero(key < bound)
        taken.append(frame[chosen.tolist()])
        keys.append(key[chosen])
        rows_of.append(rows + chosen)
        rows += frame.height
        if sum(map(len, keys)) > 2 * most:
            taken, keys, rows_of, bound = _lowest(taken, keys, rows_of, most)
    taken, _, rows_of, _ = _lowest(taken, keys, rows_of, most)
    said.warn()
    seconds = time.monotonic() - began
    return _Found(rows, taken[0], rows_of[0], nulls, target, is_typed, said.notes, seconds)


def _lowest(
    taken: list[pl.DataFrame], keys: list[np.ndarray], rows: list[np.ndarray], most: int
) -> tuple[list[pl.DataFrame], list[np.ndarray], list[np.ndarray], float]:
    """Of the rows taken so many whose keys are the lowest, and the bound of these keys."""
    key = np.concatenate(keys)
    bound = float(np.partition(key, most)[most]) if len(key) > most else 1.0
    kept = np.flatnonzero(key < bound)
    frame = pl.concat(taken, how="vertical_relaxed")[kept.tolist()]
    return [frame], [key[kept]], [np.concatenate(rows)[kept]], bound


def _chances(first: int, count: int, seed: int, what: str) -> Float64[np.ndarray, " count"]:
    """A number from 0 to 1 for each of these rows of the files, whatever batches they come in."""
    number = {"sample": 20_029, "bucket": 20_033}[what]
    drawn = [
        np.random.default_rng([seed, number, chunk]).random(_CHUNK)
        for chunk in range(first // _CHUNK, (first + count - 1) // _CHUNK + 1)
    ]
    return np.concatenate(drawn or [np.zeros(0)])[first % _CHUNK :][:count]


def _check(options: Options, source: str, rows: int) -> None:
    """Refuse what takes all rows at once."""
    asked = {
        "--valid": options.valid,
        "--group": options.group,
        "--fold": options.fold,
        "--time": options.time,
        "--trend": options.trend is True,
        "--no-trend": options.trend is False,
        "--gap": options.gap,
        "--nested": options.nested,
    }
    named = [name for name, value in asked.items() if value]
    if named:
        raise InputError(
            f"{source} has {rows:,} rows, which are too many to be held in memory, and {' and '.join(named)} would "
            "need all of them at once. Leave it out, or give a table of fewer rows or columns: such as a sample."
        )


def _sample(found: _Found, parts: Batches, options: Options) -> TableSource:
    """The sample as a table."""
    table = Table(found.sample, parts.source, "", is_typed=found.is_typed)
    read.check_size(found.sample, parts.source, 2, 2)
    return TableSource.of(table, replace(options, nested=0))


def _source(
    parts: Batches, found: _Found, sample: TableSource, options: Options, sizes: Sizes
) -> StreamedSource:
    by_row, present, told = _targets(found, sample.schema, parts.source)
    bucket = min(sizes.bucket, max(1, BUCKET_BYTES // (4 * found.sample.width)))
    place_of, places, bounds = _order(present, options.seed, bucket)
    y = _scratch(len(places), by_row.dtype)
    for first in range(0, found.rows, _CHUNK):
        inside = slice(first, first + _CHUNK)
        kept = present[inside]
        y[place_of[inside][kept]] = by_row[inside][kept]
    at = place_of[found.of_sample[sample.places]]
    shared = split.split(sample.y, sample.schema.target.task, seed=options.seed, of_rows=len(places))
    shared = replace(shared, folds=shared.folds[:1], repeats=1)
    rows = len(places)
    how = (
        f"{parts.source}: its {found.rows:,} rows are not held in memory: types, levels and scales are those of "
        f"{len(sample.y):,} of them, drawn from all, and training goes through windows of rows in random order."
    )
    notes = [*found.notes, how, *sample.notes, *told]
    if sample.times is not None:
        notes.append(
            f"{parts.source}: rows drawn at random give the score nevertheless, as of every table that is not held in "
            "memory."
        )
        sample = replace(sample, times=None, schema=replace(sample.schema, time=None))
    return StreamedSource(
        parts,
        sample,
        at,
        shared,
        _whole(sample.schema, found, rows),
        y,
        places,
        place_of,
        _shared(shared, at, rows),
        fingerprint(parts.files),
        found.seconds,
        tuple(notes),
        bounds=bounds,
    )


def _targets(
    found: _Found, schema: Schema, source: str
) -> tuple[Real[np.ndarray, " all"], np.ndarray, list[str]]:
    """The target by row of the files, which rows have one, and what is to be said of the others."""
    target = schema.target
    is_quantity = target.task == "regression"
    by_row = _scratch(found.rows, np.dtype(np.float64 if is_quantity else np.int32))
    present = np.zeros(found.rows, bool)
    before, unread, unknown = 0, 0, 0
    shown, words = list[str](), set[str]()
    own = replace(schema, columns=())
    for piece in found.target:
        cells = own.read(piece)
        inside = slice(before, before + cells.height)
        if is_quantity:
            cells, bad = bad_cells.emptied(cells, [target.name], before=before)
            unread, shown = unread + bad.count, (shown + bad.shown)[: bad_cells.TOLD]
            values = bad_cells.all_of(cells, [target.name])[0]
            by_row[inside], present[inside] = values, ~np.isnan(values)
        else:
            codes = match(cells[target.name], target.classes)
            strange = cells[target.name].filter(pl.Series(codes == -2))
            unknown += len(strange)
            if len(words) < bad_cells.TOLD:
                words |= set(strange.head(bad_cells.TOLD).cast(pl.String).to_list())
            by_row[inside], present[inside] = codes, codes >= 0
        before += cells.height
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
    buckets = _scratch(total, np.dtype(np.int32))
    sizes = np.zeros(number, np.int64)
    for first in range(0, total, _CHUNK):
        inside = slice(first, first + _CHUNK)
        own = (_chances(first, len(present[inside]), seed, "bucket") * number).astype(np.int32)
        buckets[inside] = own
        sizes += np.bincount(own[present[inside]], minlength=number)
    free = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    short = np.min_scalar_type(number)  # numbers of two bytes are sorted much quicker
    place_of, places = _scratch(total, np.dtype(np.int32)), _scratch(rows, np.dtype(np.int32))
    for first in range(0, total, _CHUNK):
        own = buckets[first : first + _CHUNK]
        kept = np.flatnonzero(present[first : first + _CHUNK])
        order = kept[np.argsort(own[kept].astype(short), kind="stable")]
        counts = np.bincount(own[order], minlength=number)
        starts = np.repeat(free - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        positions = (starts + np.arange(len(order))).astype(np.int32)
        part = np.full(len(own), -1, np.int32)
        part[order] = positions
        place_of[first : first + _CHUNK] = part
        places[positions] = first + order
        free += counts
    return place_of, places, np.concatenate([[0], np.cumsum(sizes)])


def _shared(shared: Splits, at: np.ndarray, rows: int) -> Splits:
    """All rows shared out: those of the sample as there, and the others train."""
    outer, valid = (np.sort(at[part]) for part in (shared.outer, shared.folds[0].valid))
    trains = np.ones(rows, bool)
    trains[outer] = trains[valid] = False
    train = np.flatnonzero(trains).astype(np.int32)
    said = (
        f"{len(outer):,} of {counted(rows, 'row')} are kept for the final score alone; {len(valid):,} others "
        "validate once, stratified by the target"
    )
    inner = np.sort(np.concatenate([train, valid])) if shared.inner is not None else None
    return Splits(outer, (Fold(train, valid),), 1, said, inner)


def _whole(schema: Schema, found: _Found, rows: int) -> Schema:
    """The sample's schema with the number of all rows and of all empty cells."""
    empty = _nulls(found.sample, schema.target.name)
    factor = rows / max(1, schema.rows)

    def counted_in_all(column: Column) -> Column:
        read_so = max(0, column.missing - empty.get(column.name, 0))  # words that mean an empty cell
        missing = min(rows, found.nulls.get(column.name, 0) + round(factor * read_so))
        return replace(column, missing=missing)

    columns = tuple(counted_in_all(column) for column in schema.columns)
    return replace(schema, columns=columns, rows=rows, dropped_rows=found.rows - rows)


def _nulls(frame: pl.DataFrame, target: str) -> dict[str, int]:
    """Empty cells by column, of rows with a target."""
    if frame[target].null_count():
        frame = frame.filter(pl.col(target).is_not_null())
    return frame.null_count().row(0, named=True)


def _scratch(rows: int, dtype: np.dtype[Any]) -> Any:
    """An array in a file without a name, which the system writes out where memory is short."""
    if not rows:
        return np.zeros(0, dtype)
    with disk.refusals(tempfile.gettempdir()), tempfile.TemporaryFile() as file:
        os.posix_fallocate(file.fileno(), 0, rows * dtype.itemsize)
        return np.asarray(np.memmap(file, dtype, "r+", shape=(rows,)))


def fingerprint(files: tuple[str, ...]) -> str:
    """SHA-256 of the sizes of the files and of blocks throughout each of them."""
    digest = hashlib.sha256()
    for name in files:
        size = os.path.getsize(name)
        digest.update(f"{size}\n".encode())
        with open(name, "rb") as file:
            for start in np.unique(np.linspace(0, max(0, size - _BLOCK), _BLOCKS).astype(np.int64)):
                digest.update(os.pread(file.fileno(), _BLOCK, int(start)))
    return digest.hexdigest()
