"""A model that is there while a large table is read: its source, which has some of the rows."""

from __future__ import annotations

import warnings
from dataclasses import replace

from honed.errors import InputError
from honed.families.table.source import TableSource
from honed.families.table.streamed import Sizes
from honed.lazily import pl
from honed.search.options import Options
from honed.table import ahead, batches, read
from honed.table.batches import Irregular
from honed.table.read import Table

LARGE_CELLS, LARGE_BYTES = 1 << 25, 1 << 27  # of Parquet and of CSV files: less is read as soon


def glance(options: Options, path: str, sizes: Sizes | None = None) -> TableSource | None:
    """A source of some rows of large files; None for all others, and where these rows are no table.

    Nothing is said of what is in doubt: all rows tell it. By these rows the data are not known again, so that the
    fingerprint is empty.
    """
    if options.nested or options.further:  # refused, or shared out among all rows
        return None
    sizes = sizes or Sizes(large_cells=LARGE_CELLS, large_bytes=LARGE_BYTES)
    large = {"large_cells": sizes.large_cells, "large_bytes": sizes.large_bytes}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parts = batches.of(path, (), options.as_is, **large)
            if parts is None:
                return None
            table = Table(ahead.rows(parts), parts.source, "", is_typed=parts.is_typed)
            read.check_size(table.frame, parts.source, 2, 2)
            return TableSource.of(table, replace(options, no_time=options.time is None))
        except (InputError, Irregular, pl.exceptions.PolarsError, OSError):
            return None
