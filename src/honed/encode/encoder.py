"""Columns to arrays: an `Encoder` is learned from training rows and encodes any table with the same columns.

The widths (`Inputs`) come from the schema alone, so every subset of one table's rows gives arrays of equal
widths and every fold trains with the same compiled program; only scales and seen levels are the fold's own.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed import typed
from honed.encode import binned, categorical, combined, crossed, goals, hashed, means, numeric, threads, wordy
from honed.encode import dates as of_dates
from honed.encode.binned import Binned
from honed.encode.combined import Combined
from honed.encode.crossed import Crossed
from honed.encode.dates import Beyond, Date, Held
from honed.encode.hashed import Tail
from honed.encode.items import Listed
from honed.encode.means import Means
from honed.encode.numeric import Scaling
from honed.encode.wordy import Wordy
from honed.errors import InputError
from honed.heads import Head, truths
from honed.lazily import pl
from honed.settings import nearest
from honed.table import bad_cells, few
from honed.table.cells import (
    SPACES,
    all_numbers,
    brief,
    check_levels,
    is_nan_word,
    match,
    numbers,
    parse_numbers,
    some,
    texts,
)
from honed.table.columns import Schema
from honed.table.formats import moments
from honed.table.kinds import Column
from honed.table.read import Table
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32, Float64, Int, Int32, Real, Shaped

_BLOCK = 4_096  # rows whose steps of scaling stay in a processor's cache


class Inputs(NamedTuple):
    """Widths of the encoded arrays.

    `continuous` scaled numbers, then the places of ordered levels, then those of dates, then pairs of numbers, then
    means of the target; `flags` booleans (-1, 1, or 0 for missing), then indicators (1 missing, 0 not), then sines and
    cosines of dates, then items of lists (1 where a cell has it, else 0), then the scores and directions of texts, then
    frequencies of rare levels; `onehot` and `embedded` the number of codes of each categorical column with few and with
    many. The last of the embedded are those whose rare levels share codes, their last ones: `buckets` says how many.
    """

    continuous: int
    flags: int
    onehot: tuple[int, ...]
    embedded: tuple[int, ...]
    buckets: tuple[int, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        told = {**self._asdict(), "onehot": list(self.onehot), "embedded": list(self.embedded)}
        del told["buckets"]
        return told | ({"buckets": list(self.buckets)} if self.buckets else {})

    @classmethod
    def from_json(cls, value: dict[str, JSON]) -> Inputs:
        """The widths that `to_json` wrote."""
        widths = (tuple(value.get(name, ())) for name in ("onehot", "embedded", "buckets"))
        return cls(value["continuous"], value["flags"], *widths)


class Encoded(NamedTuple):
    """Arrays of one table.

    `numeric` has continuous columns first, then flags; `codes` one-hot columns first, then crosses, bins and embedded
    ones.
    """

    numeric: Float32[np.ndarray, "rows numeric"]
    codes: Int32[np.ndarray, "rows codes"]


class Category(NamedTuple):
    """One categorical column: its levels in code order, and which of them training rows held.

    `tail` is what there is of the others, in a column of many.
    """

    name: str
    levels: tuple[str, ...]
    seen: tuple[bool, ...]
    tail: Tail | None = None

    @property
    def size(self) -> int:
        """The number of its codes."""
        return categorical.size(self.levels) + (self.tail.buckets if self.tail else 0)

    def encode(
        self, cells: pl.Series
    ) -> tuple[Int32[np.ndarray, " rows"], Float32[np.ndarray, " rows"] | None]:
        """Code of each cell, that for rare ones where training rows did not hold its level; see `Tail.encode`."""
        if self.tail:
            return self.tail.encode(cells, self.levels, self.seen)
        return categorical.unseen_to_rare(categorical.codes(cells, self.levels), self.seen), None


class Ordered(NamedTuple):
    """A categorical column whose levels have an order, from least to most; its places are one more number."""

    name: str
    order: tuple[str, ...]


class Boolean(NamedTuple):
    """One boolean column and its levels, the lower first."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Encoder:
    """What training rows taught about each column; `encode` depends on nothing else.

    Attributes
    ----------
    continuous : names of the numeric columns, in the schema's order.
    scaling : center and factor of each of them, then of the places of `ordered`, then of each number of the dates, then
        of each of `combined` and each mean.
    booleans : columns of two values.
    indicated : numeric, boolean and date columns, and those of lists and texts, with a missing indicator.
    onehot, embedded : categorical columns with few and with many codes, of the latter those with a tail last.
    dates : columns of dates and times of day.
    ordered : those of the categorical columns whose levels have an order.
    held : the numeric column that says when rows were, if one does.
    lists : columns of lists of items.
    texts : columns of texts of several words.
    combined : pairs of `continuous` columns, of which there is one more number each.
    crosses : of two categorical columns without a tail, one more column, embedded before the others.
    binned : those of `continuous` of which the bin is one more column, embedded after crosses.
    means : of all `embedded` columns, or of none, what the target is on average in the rows of each code.
    """

    continuous: tuple[str, ...]
    scaling: numeric.Scaling
    booleans: tuple[Boolean, ...]
    indicated: tuple[str, ...]
    onehot: tuple[Category, ...]
    embedded: tuple[Category, ...]
    dates: tuple[Date, ...] = ()
    ordered: tuple[Ordered, ...] = ()
    held: tuple[Held, ...] = ()
    lists: tuple[Listed, ...] = ()
    texts: tuple[Wordy, ...] = ()
    means: tuple[Means, ...] = ()
    combined: tuple[Combined, ...] = ()
    crosses: tuple[Crossed, ...] = ()
    binned: tuple[Binned, ...] = ()

    @functools.cached_property
    def inputs(self) -> Inputs:
        """Widths of what `encode` gives; equal for all encoders of one schema."""
        return Inputs(
            len(self.continuous)
            + len(self.ordered)
            + len(of_dates.plain_names(self.dates))
            + len(self.combined)
            + sum(column.width for column in self.means),
            len(self.booleans)
            + len(self.indicated)
            + len(of_dates.turned_names(self.dates))
            + sum(column.width for column in (*self.lists, *self.texts))
            + len(self._tails),
            tuple(column.size for column in self.onehot),
            tuple(column.size for column in (*self.crosses, *self.binned, *self.embedded)),
            tuple(tail.buckets for tail in self._tails.values()),
        )

    @property
    def embeddings(self) -> tuple[tuple[str, ...], ...]:
        """The columns, one or two, that each embedding tells of."""
        return (
            *((cross.one, cross.other) for cross in self.crosses),
            *((column.name,) for column in (*self.binned, *self.embedded)),
        )

    @property
    def _tails(self) -> dict[str, Tail]:
        """By name of column, in the order of their codes."""
        return {column.name: column.tail for column in self.embedded if column.tail}

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Columns that a table must have."""
        columns = (*self.booleans, *self.onehot, *self.embedded, *self.dates, *self.lists, *self.texts)
        return (*self.continuous, *(column.name for column in columns))

    def encode(self, frame: pl.DataFrame, before: int = 0, *, has_taught: bool = False) -> Encoded:
        """Encode by column name; the order of columns is free and other columns are ignored.

        A level that training rows did not hold gets the code for rare ones; in a boolean column it counts as
        missing without an indicator. The place of an ordered level counts whether or not they held it; a word without
        a place is 0 as a missing number is. A list of nothing has none of its column's items, as an empty cell, which
        has an indicator besides. `before` counts rows of the file before the frame's, for messages. Rows
        `to_train` have scores of their texts by those who do not know these.

        Raises
        ------
        InputError
            A missing column; texts or infinite values in numeric columns, or what is no date in one of dates: with
            column, row and value.
        """
        self._check_columns(frame.columns)
        own = bad_cells.all_of(frame, self.continuous, [date.name for date in self.dates], before)
        for name, low, high in self.held:
            place = self.continuous.index(name)
            own[place] = own[place].clip(low, high)
        numbers_of = dict(zip(self.continuous, own, strict=True))
        own += [categorical.ranks(frame[column.name], column.order) for column in self.ordered]
        at = [moments(frame[date.name]) for date in self.dates]
        own += of_dates.plain(self.dates, at)
        own += [pair.encode(numbers_of) for pair in self.combined]
        categories = (*self.onehot, *self.embedded)
        found = threads.each(lambda column: column.encode(frame[column.name]), categories, frame.height)
        codes_of = {column.name: codes for column, (codes, _) in zip(categories, found, strict=True)}
        own += [values for column in self.means for values in column.encode(codes_of[column.name])]
        signs = [_signs(frame[column.name], column.levels, before) for column in self.booleans]
        missing = [
            np.isnan(numbers_of[name]) if name in numbers_of else _is_missing(frame[name])
            for name in self.indicated
        ]
        frequencies = [frequency for _, frequency in found if frequency is not None]
        listed = [values for column in self.lists for values in column.encode(frame[column.name])]
        for column in self.texts:
            listed += column.encode(frame[column.name], has_taught=has_taught)
        flags = signs + missing + of_dates.turned(self.dates, at) + listed + frequencies
        dense = np.empty((frame.height, len(own) + len(flags)), np.float32)

        def fill(rows: slice) -> None:
            part = dense[rows]
            values = _matrix([column[rows] for column in own], len(part), np.float64)
            part[:, : len(own)] = self.scaling.apply(values)
            part[:, len(own) :] = _matrix([column[rows] for column in flags], len(part), np.float32)

        threads.each(fill, threads.blocks(frame.height, _BLOCK), frame.height)
        codes = [codes for codes, _ in found]
        crosses = [cross.encode(codes_of[cross.one], codes_of[cross.other]) for cross in self.crosses]
        bins = [column.encode(numbers_of[column.name]) for column in self.binned]
        codes[len(self.onehot) : len(self.onehot)] = [*crosses, *bins]
        return Encoded(dense, _matrix(codes, frame.height, np.int32))

    def encode_to_train(
        self,
        frame: pl.DataFrame,
        train: Int[np.ndarray, " train"],
        schema: Schema,
        y: Real[np.ndarray, " train"] | Real[np.ndarray, "train targets"],
        tied: Int[np.ndarray, " train"] | None = None,
    ) -> Encoded:
        """All rows, of which some train: to these neither means of the target nor scores of texts tell their own one.

        Parameters
        ----------
        frame : as `encode` takes it. train : positions of those that train.
        schema, y, tied : as `fit` takes them, of the rows that train.
        """
        rows = self.encode(frame)
        if any(column.scores for column in self.texts):
            rows.numeric[train] = self._with_scores_by_others(rows.numeric[train], frame[train.tolist()])
        if not self.means:
            return rows
        codes = rows.codes[train, len(self.onehot) + len(self.crosses) + len(self.binned) :]
        found = _out_of_fold(
            self.means, self.embedded, list(codes.T), _goals(schema, y, all_heads=False), tied
        )
        end = self.inputs.continuous
        center, factor, clip = self.scaling
        scaling = Scaling(center[-len(found) :], factor[-len(found) :], clip)
        rows.numeric[train, end - len(found) : end] = scaling.apply(np.stack(found, axis=1))
        return rows

    def _with_scores_by_others(
        self, numeric: Float32[np.ndarray, "rows numeric"], frame: pl.DataFrame
    ) -> Float32[np.ndarray, "rows numeric"]:
        """Encoded rows with scores of their texts by those who do not know them."""
        place = self.inputs.continuous + self.inputs.flags - len(self._tails)
        place -= sum(column.width for column in self.texts)
        for column in self.texts:
            own = column.encode(frame[column.name], has_taught=True)[: column.scores]
            numeric[:, place : place + column.scores] = np.transpose(own)
            place += column.width
        return numeric

    def beyond(self, frame: pl.DataFrame) -> dict[str, Beyond]:
        """By name of the columns of dates, and of times, how many cells lie before and after all of training.

        Columns that the table lacks, or that hold what is no date, are refused by `encode`, and are not among them.
        """
        there = set(frame.columns)
        found = {
            date.name: date.beyond(frame[date.name])
            for date in self.dates
            if date.name in there and frame[date.name].dtype.is_temporal()
        }
        for column in self.held:
            if column.name in there:
                values = parse_numbers(frame[column.name]).cast(pl.Float64).fill_null(float("nan"))
                found[column.name] = column.beyond(values.to_numpy())
        return found

    def said_of(self, found: Mapping[str, Beyond]) -> list[str]:
        """A sentence for each column of which such cells are to be told."""
        said = (each.said_of(found[each.name]) for each in (*self.dates, *self.held) if each.name in found)
        return [sentence for sentence in said if sentence]

    def to_json(self) -> dict[str, JSON]:
        """A dict of plain JSON values; `from_json` gives an encoder that encodes bit by bit the same."""
        document = {
            "continuous": list(self.continuous),
            "scaling": self.scaling.to_json(),
            "booleans": [{"name": column.name, "levels": list(column.levels)} for column in self.booleans],
            "indicated": list(self.indicated),
            "onehot": [_category_json(column) for column in self.onehot],
            "embedded": [_category_json(column) for column in self.embedded],
        }
        if self.dates:
            document["dates"] = [_date_json(date) for date in self.dates]
        if self.ordered:
            document["ordered"] = [
                {"name": column.name, "order": list(column.order)} for column in self.ordered
            ]
        if self.held:
            document["held"] = [column._asdict() for column in self.held]
        if self.lists:
            document["lists"] = [
                {"name": column.name, "levels": list(column.levels), "has_rare": column.has_rare}
                for column in self.lists
            ]
        if self.texts:
            document["texts"] = [
                asdict(column) | {"words": list(column.words), "rarity": list(column.rarity)}
                for column in self.texts
            ]
        if self.means:
            document["means"] = [
                {"name": column.name, "values": [list(own) for own in column.values]} for column in self.means
            ]
        if self.combined:
            document["combined"] = [pair._asdict() for pair in self.combined]
        if self.crosses:
            document["crosses"] = [
                asdict(cross) | {"sizes": list(cross.sizes), "levels": list(cross.levels)}
                for cross in self.crosses
            ]
        if self.binned:
            document["binned"] = [
                {"name": column.name, "edges": list(column.edges)} for column in self.binned
            ]
        return document

    @classmethod
    def from_json(cls, value: JSON, place: str = "") -> Encoder:
        """The encoder that `to_json` wrote; `Misfit` for anything else, with the `place` in the document."""
        encoder = typed.take(cls, value, place)
        encoder._check(place)
        return encoder

    def _check(self, place: str) -> None:
        center, factor, _ = self.scaling
        typed.unique(self.names, place)
        levels = {column.name for column in (*self.onehot, *self.embedded)}
        typed.unique([column.name for column in self.ordered], f"{place}.ordered")
        fits = all(column.name in levels for column in self.ordered)
        typed.require(fits, f"{place}.ordered", "names other columns")
        for column in self.ordered:
            check_levels(column.order, f"{place}.ordered, column {typed.shown(column.name)}")
        for name, scales in (("center", center), ("factor", factor)):
            where = f"{place}.scaling.{name}"
            typed.require(len(scales) == self.inputs.continuous, where, "has not one number for each column")
            typed.finite(scales, where)
        of_dates.check(self.dates, place)
        fits = {column.name for column in self.held} <= set(self.continuous)
        typed.require(fits, f"{place}.held", "names other columns")
        for name, low, high in self.held:
            where = f"{place}.held, column {typed.shown(name)}"
            typed.finite([low, high], where)
            typed.require(low <= high, where, "has a `low` above its `high`")
        known = {
            *self.continuous,
            *(column.name for column in (*self.booleans, *self.dates, *self.lists, *self.texts)),
        }
        typed.unique(self.indicated, f"{place}.indicated")
        typed.require(known >= set(self.indicated), f"{place}.indicated", "names other columns")
        typed.require(any(self.inputs), place, "has no column")
        for column in (*self.booleans, *self.onehot, *self.embedded, *self.lists):
            check_levels(column.levels, f"{place}, column {typed.shown(column.name)}")
        for column in self.texts:
            where = f"{place}, column {typed.shown(column.name)}"
            check_levels(column.words, where)
            column.check(where)
        for column in self.booleans:
            fits = 1 <= len(column.levels) <= 2
            typed.require(fits, f"{place}, column {typed.shown(column.name)}", "has not one or two levels")
        for column in (*self.onehot, *self.embedded):
            where = f"{place}, column {typed.shown(column.name)}"
            typed.require(len(column.seen) == len(column.levels), where, "has not one `seen` for each level")
            if column.tail:
                column.tail.check(where)
        fits = all({pair.one, pair.other} <= {*self.continuous} for pair in self.combined)
        typed.require(fits, f"{place}.combined", "names other columns")
        sizes = _sizes((*self.onehot, *self.embedded))
        for cross in self.crosses:
            fits = sizes.keys() >= {cross.one, cross.other}
            typed.require(fits, f"{place}.crosses", "names other columns")
            where = f"{place}.crosses, columns {typed.shown(cross.one)} and {typed.shown(cross.other)}"
            cross.check((sizes[cross.one], sizes[cross.other]), where)
        typed.unique([column.name for column in self.binned], f"{place}.binned")
        fits = {column.name for column in self.binned} <= {*self.continuous}
        typed.require(fits, f"{place}.binned", "names other columns")
        for column in self.binned:
            column.check(f"{place}.binned, column {typed.shown(column.name)}")
        names = [column.name for column in self.embedded]
        fits = not self.means or names == [column.name for column in self.means]
        typed.require(fits, f"{place}.means", "names other columns")
        for column, own in zip(self.embedded, self.means, strict=False):
            own.check(column.size, f"{place}.means, column {typed.shown(column.name)}")
        tails = [column.tail is not None for column in (*self.onehot, *self.embedded)]
        typed.require(tails == sorted(tails), place, "has columns of many levels before others")
        typed.require(
            not any(tails[: len(self.onehot)]), place, "has columns of many levels without embedding"
        )

    def _check_columns(self, names: Sequence[str]) -> None:
        known = set(names)
        lacking = [name for name in self.names if name not in known]
        if not lacking:
            return
        if len(lacking) == 1:
            said = f"The table has no column {brief(lacking[0])!r}, and the network was trained with it. Add it; its"
        else:
            said = (
                f"The table lacks {len(lacking)} columns that the network was trained with: {some(lacking)}."
            )
            said += " Add them; their"
        raise InputError(
            f"{said} cells may be empty where the value is not known.{nearest(lacking[0], names)}"
        )


def fit(
    table: Table,
    schema: Schema,
    rows: Int[np.ndarray, " rows"],
    *,
    scaling: str = "robust",
    time: str | None = None,
    only: Collection[str] | None = None,
    y: Real[np.ndarray, " rows"] | Real[np.ndarray, "rows targets"] | None = None,
    by_target: bool = False,
    tied: Int[np.ndarray, " rows"] | None = None,
    in_pairs: bool = False,
    crossing: bool = False,
    binning: bool = False,
) -> Encoder:
    """Learn an encoder from the given rows.

    Parameters
    ----------
    table, schema : the training table and what was inferred of it.
    rows : positions of the training rows; no other row has any influence.
    scaling : of numeric columns: "robust", "standard" or "none".
    time : the column that says when rows were: its numbers, those that grow with it, and all dates, beyond those of the
        rows count as the first or the last of them, see `Held` and `Date`. None where none does.
    only : names of the numeric columns that are inputs, without indicators of missing ones, whose number would not be
        the same for other rows; None for all.
    y : class codes or values of these rows, which columns of texts need, and the next parameters but `tied`: of the
        main target, or of all side by side.
    by_target : whether columns of more than ten levels also give the mean of the target in the rows of each level
        (`honed.encode.means`): one input, of three classes or more one each. Of more than ten classes there are none.
        Rows to train on are those of `Encoder.encode_to_train`.
    tied : numbers of what ties these rows to others, such as groups: none of them is told what its own ones teach.
    in_pairs : whether some pairs of numbers give one more each (`honed.encode.combined`), but for those along time.
    crossing : whether some pairs of categories give one more each (`honed.encode.crossed`), but for those with a tail.
    binning : whether numbers also give the bin that each is in (`honed.encode.binned`), but for those along time.
    """
    used = [column for column in schema.columns if column.used]
    if only is not None:
        used = [column for column in used if column.kind != "numeric" or column.name in only]
    continuous = tuple(column.name for column in used if column.kind == "numeric")
    held = () if time is None else (time, *(column.name for column in used if column.grows))
    indicated = ["boolean", "date", "list", "words", *(["numeric"] if only is None else [])]
    frame = table.frame.select([column.name for column in used])
    if not np.array_equal(rows, np.arange(frame.height)):
        frame = frame[rows]
    places = np.asarray(rows) + 1
    at = {
        column.name: moments(frame[column.name], places) for column in schema.columns if column.kind == "date"
    }
    dates = tuple(
        of_dates.learn(column.name, at[column.name], column.parts, time is not None)
        for column in schema.columns
        if column.kind == "date"
    )
    dates = of_dates.over_midnight(dates, [*at.values()])
    ordered = tuple(Ordered(column.name, column.order) for column in schema.columns if column.order)
    own = [numbers(frame[name], places) for name in continuous]
    own += [categorical.ranks(frame[column.name], column.order) for column in ordered]
    own += of_dates.plain(dates, [*at.values()])
    numbers_of = {name: each for name, each in zip(continuous, own, strict=False) if name not in held}
    bins = ()
    if binning:
        assert y is not None, "edges of bins are where the target changes"
        bins = binned.learn(numbers_of, _goals(schema, y))
    pairs = ()
    if in_pairs:
        assert y is not None, "pairs are chosen by what they say of the target"
        pairs = combined.chosen(numbers_of, _goals(schema, y))
        own += [pair.encode(numbers_of) for pair in pairs]
    categories = [column for column in schema.columns if column.kind == "categorical"]
    learned = threads.each(lambda column: _learn(column, frame[column.name]), categories, frame.height)
    few = [column for column in learned if column.size <= categorical.MOST_ONEHOT]
    many = [column for column in learned if column.size > categorical.MOST_ONEHOT]
    many.sort(key=lambda column: column.tail is not None)
    means_of = ()
    if by_target and many:
        assert y is not None, "means are of the target"
        wanted = _goals(schema, y, all_heads=False)
        codes = threads.each(lambda column: column.encode(frame[column.name])[0], many, frame.height)
        if wanted.shape[1]:
            means_of = tuple(
                means.learn(column.name, each, column.size, wanted)
                for column, each in zip(many, codes, strict=True)
            )
        own += _out_of_fold(means_of, many, codes, wanted, tied)
    crosses = ()
    if crossing:
        assert y is not None, "crosses are chosen by what they say of the target"
        sizes = _sizes([*few, *many])
        kept = {
            column.name: column.encode(frame[column.name])[0] for column in learned if column.name in sizes
        }
        crosses = crossed.chosen(kept, sizes, _goals(schema, y), means.parts_of(len(frame), tied))
    return Encoder(
        continuous,
        numeric.fit(own, scaling),
        tuple(Boolean(c.name, _low_high(c.levels)) for c in schema.columns if c.kind == "boolean"),
        tuple(c.name for c in schema.columns if c.kind in indicated and c.missing > 0),
        tuple(few),
        tuple(many),
        dates,
        ordered,
        tuple(_held(name, column) for name, column in zip(continuous, own, strict=False) if name in held),
        tuple(
            Listed(column.name, column.levels, column.distinct > len(column.levels))
            for column in schema.columns
            if column.kind == "list"
        ),
        _learned_texts(schema, frame, y),
        means_of,
        pairs,
        crosses,
        bins,
    )


def _sizes(categories: Sequence[Category]) -> dict[str, int]:
    """By name the number of codes, of those that may be crossed."""
    return {column.name: column.size for column in categories if column.tail is None}


def _goals(
    schema: Schema, y: Real[np.ndarray, " rows"] | Real[np.ndarray, "rows targets"], *, all_heads: bool = True
) -> Float64[np.ndarray, "rows goals"]:
    """As `goals.of`, side by side for all targets, or for those alone of which each class has a goal."""
    found = [
        goals.of(own, head.classes)
        for head, own in _by_head(schema, y)
        if all_heads or head.classes <= goals.MOST
    ]
    return np.concatenate([np.empty((len(y), 0)), *found], axis=1)[:, : goals.MOST]


def _by_head(
    schema: Schema, y: Real[np.ndarray, " rows"] | Real[np.ndarray, "rows targets"]
) -> list[tuple[Head, Real[np.ndarray, " rows"]]]:
    """What is asked, the main target or all, with class codes or values."""
    heads = [Head(target.name, len(target.classes)) for target in schema.targets]
    asked = heads[:1] if y.ndim == 1 else heads
    return list(zip(asked, truths(y, asked), strict=True))


def _out_of_fold(
    learned: Sequence[Means],
    categories: Sequence[Category],
    codes: Sequence[Int[np.ndarray, " rows"]],
    wanted: Float64[np.ndarray, "rows goals"],
    tied: Int[np.ndarray, " rows"] | None,
) -> list[Float64[np.ndarray, " rows"]]:
    """For each column's goals the means of these rows, which taught them, but for each row by others."""
    if not learned:
        return []
    parts = means.parts_of(len(wanted), tied)
    return [
        values
        for category, own in zip(categories, codes, strict=True)
        for values in means.out_of_fold(own, category.size, wanted, parts).T
    ]


def _learned_texts(
    schema: Schema,
    frame: pl.DataFrame,
    y: Real[np.ndarray, " rows"] | Real[np.ndarray, "rows targets"] | None,
) -> tuple[Wordy, ...]:
    texts = [column for column in schema.columns if column.kind == "words"]
    if not texts:
        return ()
    assert y is not None, "texts are scored by what the target says of them"
    of_each = [goals.of(own, head.classes) for head, own in _by_head(schema, y)]
    most = max(own.shape[1] for own in of_each)
    in_turn = [own[:, place] for place in range(most) for own in of_each if place < own.shape[1]]
    wanted = np.stack(in_turn[: goals.MOST], axis=1)
    if schema.group is not None:  # whose other rows would tell a score what rows of new groups cannot
        wanted = wanted[:, :0]
    return tuple(wordy.learn(column.name, frame[column.name], column.levels, wanted) for column in texts)


def _held(name: str, values: Float64[np.ndarray, " rows"]) -> Held:
    present = values[~np.isnan(values)]
    return Held(name, *((float(present.min()), float(present.max())) if len(present) else (0.0, 0.0)))


def _learn(column: Column, cells: pl.Series) -> Category:
    codes = categorical.codes(cells.unique(), column.levels)
    seen, shared = categorical.seen(codes, column.levels), hashed.buckets(column)
    tail = hashed.learn(cells, column.levels, shared) if shared else None
    return Category(column.name, column.levels, seen, tail)


def _low_high(levels: tuple[str, ...]) -> tuple[str, ...]:
    """Levels by number if they are numbers, else by text: no before yes, false before true."""
    known = pl.Series(levels, dtype=pl.String)
    if not all_numbers(known):
        return tuple(sorted(levels))
    by_number = dict(zip(levels, parse_numbers(known).to_list(), strict=True))
    return tuple(sorted(levels, key=lambda text: by_number[text]))


def _signs(column: pl.Series, levels: tuple[str, ...], before: int = 0) -> Float32[np.ndarray, " rows"]:
    places = match(column, levels)
    if (places == -2).any() and all_numbers(pl.Series(levels, dtype=pl.String)):
        # a word in a column of numbers is an error here too, unless it is another spelling of a level
        numbers(column.set(pl.Series(places >= 0), None), np.arange(len(column)) + before + 1)
    return categorical.signs(places, levels)


def _is_missing(column: pl.Series) -> Bool[np.ndarray, " rows"]:
    if column.dtype.is_temporal() or column.dtype.is_nested():
        return column.is_null().to_numpy() if column.has_nulls() else np.zeros(len(column), bool)
    if len(column) <= few.MOST and (column.dtype == pl.String or column.dtype.is_numeric()):
        return np.array([_is_empty(cell) for cell in column.to_list()], bool)
    cells = texts(column)
    return (cells.is_null() | (parse_numbers(column).is_null() & is_nan_word(cells))).to_numpy()


def _is_empty(cell: str | float | None) -> bool:
    """Whether one cell is empty, or says NaN."""
    if isinstance(cell, str):
        word = cell.strip(SPACES)
        return not word or word.lower().lstrip("+-") == "nan"
    return cell is None or cell != cell


def _matrix(
    columns: list[np.ndarray], rows: int, dtype: type[np.generic]
) -> Shaped[np.ndarray, "rows columns"]:
    """One array of the given columns."""
    matrix = np.empty((rows, len(columns)), dtype)
    for place, column in enumerate(columns):
        matrix[:, place] = column
    return matrix


def _date_json(date: Date) -> dict[str, JSON]:
    return asdict(date) | {"parts": list(date.parts)}


def _category_json(column: Category) -> dict[str, JSON]:
    document = {"name": column.name, "levels": list(column.levels), "seen": list(column.seen)}
    return document | {"tail": column.tail.to_json()} if column.tail else document
