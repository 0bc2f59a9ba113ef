"""The first pass over the files of a table that is too large for memory: `first_pass` draws a sample, and counts.

It keeps in scratch files what has to be known of every row: the target, and columns by which rows may be shared out.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from honed.errors import HonedError
from honed.families.table.scratch import Pieces
from honed.table import times
from honed.table.batches import Batches, Said

if TYPE_CHECKING:
    from jaxtyping import Float64, Int

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
    kept : of all rows the target, and the columns by which they may be shared out, as far as they are there.
    """

    rows: int
    sample: pl.DataFrame
    of_sample: Int[np.ndarray, " sample"]
    nulls: dict[str, int]
    kept: Pieces
    columns: tuple[str, ...]
    is_typed: bool
    notes: tuple[str, ...]
    seconds: float

    def pieces(self, name: str) -> Iterator[tuple[int, pl.DataFrame]]:
        """A column of all rows that was kept, piece by piece, each with the number of rows before it."""
        before = 0
        for piece in self.kept:
            yield before, piece.select(name)
            before += piece.height


def first_pass(parts: Batches, options: Options, most: int) -> Found:
    """Read all batches once, and draw `most` rows or fewer from them."""
    kept, names = Pieces(), tuple[str, ...]()
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
                return Found(frame.height, frame, own, {}, kept, (), is_typed, said.notes, 0.0)
            names = _kept(frame, options)
        kept.add(frame.select(names))
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
    return Found(rows, taken[0], rows_of[0], empty, kept, names, is_typed, said.notes, seconds)


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
