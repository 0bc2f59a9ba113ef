"""What a user gives to predict, as a frame with the training table's names: `frame_of`."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table import kinds, read
from honed.table.cells import some
from honed.table.columns import Schema
from honed.table.native import TableLike


def was_array(schema: Schema) -> bool:
    """Whether the columns of the training table have the names that those of an array get."""
    return all(column.name == f"x{number}" for number, column in enumerate(schema.columns))


def frame_of(schema: Schema, X: TableLike) -> pl.DataFrame:
    """The table, or an array whose columns go by position, its cells read as those of the training table.

    Raises
    ------
    InputError
        Not a table, or an array of another width than the training table had.
    """
    names = [column.name for column in schema.columns]
    is_array = not hasattr(X, "columns") and not hasattr(X, "column_names")
    X = read.plain_rows(X)
    if isinstance(X, (list, tuple)):
        X = np.array(X, dtype=object)
    frame = read.frame_of(_with_index(schema, X))
    if not is_array and not (was_array(schema) and set(names).isdisjoint(frame.columns)):
        return schema.read(frame)
    if frame.width != len(names):
        raise InputError(
            f"X has {counted(frame.width, 'column')}, and the network was trained with {len(names)}: {some(names)}"
            ". An array must have all of them, in this order, also those that the network does not use."
        )
    return schema.read(frame.rename(dict(zip(frame.columns, names, strict=True))))


def _with_index(schema: Schema, X: TableLike) -> TableLike:
    """A table of pandas with the levels of its index that training had as columns, as of a Parquet file."""
    levels = kinds.levels_of_index(schema.columns)
    index: Any = getattr(X, "index", None)
    if (
        not levels
        or not hasattr(index, "get_level_values")
        or not levels.keys().isdisjoint(cast(Any, X).columns)
    ):
        return X
    there = {name: index.get_level_values(level) for name, level in levels.items() if level < index.nlevels}
    return cast(Any, X).assign(**there)
