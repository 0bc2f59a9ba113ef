"""Some rows of a table that takes long to read, from places throughout it, for a model that is there meanwhile."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import polars as pl

from honed.errors import InputError
from honed.families.table import streamed
from honed.families.table.source import TableSource
from honed.search.options import Options
from honed.table import read
from honed.table.batches import Batches
from honed.table.read import Table

_PLACES, _ROWS = 8, 8_192  # from which rows are read, and how many at each


def glance(options: Options, path: str, sizes: streamed.Sizes | None = None) -> TableSource | None:
    """A source of some rows of large Parquet files; None for all others, and where these rows are no table.

    Rows that lie together may be alike, so what is understood of them holds until all rows are read. Nothing is said of
    what is in doubt: all rows tell it.
    """
    parts = streamed.in_batches_of(path, options.as_is, sizes)
    if parts is None or not parts.is_typed or options.nested:  # rounds are refused
        return None
    if options.valid:  # a run knows its data again by these files too
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            table = Table(_rows(parts), parts.source, streamed.fingerprint(parts.files), is_typed=True)
            read.check_size(table.frame, parts.source, 2, 2)
            return TableSource.of(table, replace(options, no_time=options.time is None))
        except (InputError, pl.exceptions.PolarsError, OSError):
            return None


def _rows(parts: Batches) -> pl.DataFrame:
    """Rows from so many places, evenly throughout the files; from fewer where they would overlap."""
    scans = [pl.scan_parquet(file, glob=False) for file in parts.files]
    ends = np.cumsum([0] + [scan.select(pl.len()).collect().item() for scan in scans])
    frames, names = [], scans[0].collect_schema().names()
    places = max(1, min(_PLACES, ends[-1] // _ROWS))
    for first in np.linspace(0, max(0, ends[-1] - _ROWS), places).astype(int):
        number = int(np.searchsorted(ends, first, side="right")) - 1
        frames.append(scans[number].slice(int(first - ends[number]), _ROWS).collect().select(names))
    categories = read.category_names(parts.files[0])
    return read.as_typed(pl.concat(frames, how="vertical_relaxed"), categories, parts.source)
