"""A schema and its encoders in the words of `parts`: how cells are read, and what networks get of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import numpy as np

from honed.encode import dates as of_dates
from honed.encode.encoder import Encoder
from honed.encode.numeric import LIMIT
from honed.families.exports.literals import Name
from honed.families.exports.parts import cells, encoding, lists, moments, wordy, written
from honed.lazily import pl
from honed.model.model import Model
from honed.table import formats
from honed.table.columns import Schema
from honed.table.kinds import Column

Reader = cells.Words | cells.Number | written.Written | moments.Moment | lists.Lists


def columns(schema: Schema, encoders: Sequence[Encoder]) -> dict[str, Reader]:
    """How the cells of each column are read that a network gets, in the table's order."""
    used = {name for encoder in encoders for name in encoder.names}
    return {column.name: _reader(column) for column in schema.columns if column.name in used}


def _reader(column: Column) -> Reader:
    how = column.reading
    if how.form == "time":
        return _moment(how.format, how.missing)
    if how.form == "quantity":
        return written.Written(how.unit, how.shape, how.decimal, how.grouped, how.missing)
    if how.form == "list":
        return lists.Lists(how.format or lists.BRACKETS, how.missing)
    if column.kind == "numeric":
        return cells.Number(how.missing)
    if column.kind == "date":  # a column that was one by its type, and is told as such
        return _moment("", how.missing)
    levels = [cells.quantity(level) for level in column.levels]
    return cells.Words(how.missing, usual=column.kind == "boolean" and None not in levels)


def _moment(format: str, missing: tuple[str, ...]) -> moments.Moment:
    """What reads a format, as `honed.table.formats.read` does."""
    day, century = formats.split(format)
    return moments.Moment(day, century, missing)


def levels(encoders: Sequence[Encoder]) -> dict[str, tuple[str, ...]]:
    """The words, or items, that are told apart in each column, the same for all encoders of a schema."""
    return {
        column.name: column.levels
        for encoder in encoders
        for column in (*encoder.booleans, *encoder.lists, *encoder.onehot, *encoder.embedded)
    }


def encoder(own: Encoder, place: int, arrays: dict[str, np.ndarray]) -> encoding.Encoder:
    """An encoder as data; hashes of rare words, weights and means become `arrays`, as `arrays()` in a script gives."""
    scales = list(zip(own.scaling.center.tolist(), own.scaling.factor.tolist(), strict=True))
    rest = iter(scales)
    numbers = {name: next(rest) for name in own.continuous}
    ordered = {column.name: (column.order, *next(rest)) for column in own.ordered}
    dates = {
        date.name: moments.Date(
            {part: next(rest) for part in date.parts}, _shown(date.low), _shown(date.high), date.is_held
        )
        for date in own.dates
    }
    pairs = {
        (one.name, other.name): moments.Difference(*next(rest), low)
        for one, other, low in of_dates.pairs(own.dates)
    }
    categories = (*own.onehot, *own.embedded)
    unseen = {
        column.name: tuple(
            level for level, is_seen in zip(column.levels, column.seen, strict=True) if not is_seen
        )
        for column in categories
    }
    rare, hashes = {}, {}
    for number, column in enumerate(categories):
        if column.tail:
            rare[column.name] = column.tail.buckets
            names = [f"rare.{place}.{number}.{what}" for what in ("hashes", "rows")]
            for name, values in zip(names, (column.tail.hashes, column.tail.rows), strict=True):
                arrays[name] = np.array(values, np.int64)
            hashes[column.name] = tuple(Name(f"arrays()[{name!r}]") for name in names)
    texts = {}
    for number, column in enumerate(own.texts):
        names = [f"texts.{place}.{number}.{what}" for what in ("rarity", "weights")]
        arrays[names[0]], arrays[names[1]] = (
            np.array(column.rarity, np.float32),
            column.matrix.astype(np.float32),
        )
        rarity, weights = (cast("np.ndarray", Name(f"arrays()[{name!r}]")) for name in names)
        texts[column.name] = wordy.Texts(column.words, rarity, column.scores, weights)
    crosses = {}
    for number, cross in enumerate(own.crosses):
        arrays[f"crosses.{place}.{number}"] = cross.table.astype(np.int64)
        table = cast("np.ndarray", Name(f"arrays()[{f'crosses.{place}.{number}'!r}]"))
        crosses[cross.one, cross.other] = table
    combined = {(pair.one, pair.other, pair.how): next(rest) for pair in own.combined}
    means = {}
    for number, column in enumerate(own.means):
        arrays[f"means.{place}.{number}"] = column.matrix
        values = cast("np.ndarray", Name(f"arrays()[{f'means.{place}.{number}'!r}]"))
        means[column.name] = (values, tuple(next(rest) for _ in column.values))
    return encoding.Encoder(
        numbers=numbers,
        ordered=ordered,
        dates=dates,
        pairs=pairs,
        limit=LIMIT if own.scaling.clip else None,
        held={column.name: (column.low, column.high) for column in own.held},
        booleans=tuple(column.name for column in own.booleans),
        missing=own.indicated,
        lists={column.name: column.has_rare for column in own.lists},
        texts=texts,
        combined=combined,
        crosses=crosses,
        bins={column.name: column.edges for column in own.binned},
        means=means,
        onehot=tuple(column.name for column in own.onehot),
        embedded=tuple(column.name for column in own.embedded),
        unseen={name: words for name, words in unseen.items() if words},
        rare=rare,
        hashes=hashes,
    )


def made_frame(model: Model) -> pl.DataFrame:
    """The rows of `made_rows` as the model reads them."""
    encoders = cast("tuple[Encoder, ...]", model.encoders)
    rows = made_rows(model.schema, columns(model.schema, encoders))
    return model.schema.read(pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String)))


def made_rows(schema: Schema, names: Collection[str]) -> list[dict[str, str | None]]:
    """Three rows of cells that the training table had, though no row of it: the examples of each column.

    In the last one every third column is empty.
    """
    examples = {column.name: column.examples for column in schema.columns if column.name in names}
    rows = [
        {name: own[min(row, len(own) - 1)] if own else None for name, own in examples.items()}
        for row in range(3)
    ]
    for name in list(examples)[::3]:
        rows[2][name] = None
    return rows


def _shown(ticks: int) -> str:
    """Microseconds since 1970 as a date, with the time where there is one."""
    return str(np.datetime64(ticks, "us")).removesuffix(".000000").removesuffix(":00").removesuffix("T00:00")
