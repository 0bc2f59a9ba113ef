"""The first pass over the files of a table that is too large for memory: `first_pass` draws a sample, and counts.

It keeps in scratch files what has to be known of every row: the target, and columns by which rows may be shared out.
"""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import HonedError
from honed.families.table.scratch import Pieces
from honed.lazily import pl
from honed.table import formats, times
from honed.table.batches import Batches, Said, Whole
from honed.table.cells import texts

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int, UInt64

    from honed.search.options import Options

SAMPLE_ROWS, SAMPLE_CELLS = 200_000, 1 << 25  # of which all is understood
CHUNK = 1 << 16  # rows whose buckets and chances one generator draws
_LEAST_SAMPLE = 10_000  # rows, however many columns there are
_LOOKED_AT = 1_000  # cells that show whether a column may hold dates


class Found(NamedTuple):
    """What the first pass gives.

    Attributes
    ----------
    rows : those of the files. sample, of_sample : some of them, and which. nulls : empty cells by column.
    kept : of all rows the columns of these names: the target, and those by which rows may be shared out.
    types : of the columns in the first batch. hashes : of all rows, in pieces, where these were asked for.
    given_from : the first row that was given to validate on. left_out : rows that say nothing.
    """

    rows: int
    sample: pl.DataFrame
    of_sample: Int[np.ndarray, " sample"]
    nulls: dict[str, int]
    kept: tuple[Pieces, ...]
    columns: tuple[str, ...]
    is_typed: bool
    notes: tuple[str, ...]
    seconds: float
    types: pl.Schema
    hashes: tuple[UInt64[np.ndarray, " piece"], ...] = ()
    given_from: int | None = None
    left_out: Int[np.ndarray, " left_out"] | None = None

    def pieces(self, name: str) -> Iterator[tuple[int, pl.DataFrame]]:
        """A column of all rows that was kept, piece by piece, each with the number of rows before it."""
        before = 0
        for piece in itertools.chain(*self.kept):
            yield before, piece.select(name)
            before += piece.height


def first_pass(
    parts: Batches | Whole,
    options: Options,
    most: int,
    *,
    is_hashed: bool = False,
    like: pl.Schema | None = None,
) -> Found:
    """Read all batches once, and draw `most` rows or fewer from them.

    Parameters
    ----------
    is_hashed : whether rows are to be known again, by hashes of their cells in the types of `like`, or else their own.
    """
    kept, names = Pieces(), tuple[str, ...]()
    types, hashes = pl.Schema(), list[np.ndarray]()
    taken, keys, rows_of = list[pl.DataFrame](), list[np.ndarray](), list[np.ndarray]()
    empty: dict[str, int] = {}
    bound, rows, is_typed = 1.0, 0, True
    said, began = Said(parts), time.monotonic()
    for batch in parts:
        frame, is_typed = batch.table.frame, batch.table.is_typed
        said.add(batch)
        if not rows:
            most = min(most, max(_LEAST_SAMPLE, SAMPLE_CELLS // max(1, frame.width)))
            if options.target not in frame.columns:  # said as of any table
                said.warn()
                own = np.arange(frame.height)
                return Found(frame.height, frame, own, {}, (), (), is_typed, said.notes, 0.0, frame.schema)
            names, types = _kept(frame, options), frame.schema
        kept.add(frame.select(names))
        if is_hashed:
            hashes.append(_hashes(frame, like or types))
        for name, count in nulls(frame, options.target).items():
            empty[name] = empty.get(name, 0) + count
        key = chances(rows, frame.height, options.seed, "sample")
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
    return Found(
        rows, taken[0], rows_of[0], empty, (kept,), names, is_typed, said.notes, seconds, types, tuple(hashes)
    )


def together(
    found: Found,
    given: Found,
    sample: pl.DataFrame,
    kept: Bool[np.ndarray, " both"],
    left_out: Bool[np.ndarray, " given"],
) -> Found:
    """Both as one, the given rows last.

    Parameters
    ----------
    sample : the rows of both samples that are `kept`. left_out : which of all given rows say nothing, as others of
        their sample may too.
    """
    of_sample = np.concatenate([found.of_sample, found.rows + given.of_sample])
    empty = {name: count + given.nulls.get(name, 0) for name, count in found.nulls.items()}
    return found._replace(
        rows=found.rows + given.rows,
        sample=sample,
        of_sample=of_sample[kept],
        nulls=empty,
        kept=(*found.kept, *given.kept),
        notes=(*found.notes, *given.notes),
        seconds=found.seconds + given.seconds,
        hashes=(),
        given_from=found.rows,
        left_out=np.union1d(found.rows + np.flatnonzero(left_out), of_sample[~kept]),
    )


def _hashes(frame: pl.DataFrame, types: pl.Schema) -> UInt64[np.ndarray, " rows"]:
    """Equal numbers for equal rows."""
    cells = [_of_type(frame[name], kind) for name, kind in types.items() if name in frame.columns]
    cells = [texts(cell) if cell.dtype in (pl.Categorical, pl.Enum) else cell for cell in cells]
    return pl.DataFrame(cells).hash_rows().to_numpy()


def _of_type(cells: pl.Series, kind: pl.DataType) -> pl.Series:
    """The cells in that type, if they can be."""
    if cells.dtype == kind:
        return cells
    try:
        known = formats.read(cells, "") if kind.is_temporal() and cells.dtype == pl.String else cells
        return known.cast(kind, strict=False)
    except pl.exceptions.PolarsError:
        return cells


def nulls(frame: pl.DataFrame, target: str) -> dict[str, int]:
    """Empty cells by column, of rows with a target."""
    if frame[target].null_count():
        frame = frame.filter(pl.col(target).is_not_null())
    return frame.null_count().row(0, named=True)


def chances(first: int, count: int, seed: int, what: str) -> Float64[np.ndarray, " count"]:
    """A number from 0 to 1 for each of these rows of the files, whatever batches they come in."""
    number = {"sample": 20_029, "bucket": 20_033}[what]
    drawn = [
        np.random.default_rng([seed, number, chunk]).random(CHUNK)
        for chunk in range(first // CHUNK, (first + count - 1) // CHUNK + 1)
    ]
    return np.concatenate(drawn or [np.zeros(0)])[first % CHUNK :][:count]


def _kept(frame: pl.DataFrame, options: Options) -> tuple[str, ...]:
    """Names of the columns of which every row is kept."""
    named = [options.target, options.time, options.group, options.fold]
    names = [name for name in named if name in frame.columns]
    ways = (options.time, options.group, options.fold, options.valid)
    if not options.no_time and all(way is None for way in ways):  # rows may be found to follow one of these
        names += [name for name in options.date if name in frame.columns]
        names += [column.name for column in frame if _may_be_dates(column, options.exclude)]
    return tuple(dict.fromkeys(names))


def _may_be_dates(column: pl.Series, excluded: Collection[str]) -> bool:
    if column.name in excluded:
        return False
    try:
        with warnings.catch_warnings():  # what is to be said is said of the sample
            warnings.simplefilter("ignore")
            return times.find(column.drop_nulls().head(_LOOKED_AT)) is not None
    except HonedError:
        return False


def _lowest(
    taken: list[pl.DataFrame], keys: list[np.ndarray], rows: list[np.ndarray], most: int
) -> tuple[list[pl.DataFrame], list[np.ndarray], list[np.ndarray], float]:
    """Of the rows taken so many whose keys are the lowest, and the bound of these keys."""
    key = np.concatenate(keys)
    bound = float(np.partition(key, most)[most]) if len(key) > most else 1.0
    kept = np.flatnonzero(key < bound)
    frame = pl.concat(taken, how="vertical_relaxed")[kept.tolist()]
    return [frame], [key[kept]], [np.concatenate(rows)[kept]], bound
