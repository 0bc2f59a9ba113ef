"""How the rows of a table that is too large for memory are shared out: `share`.

It goes as in memory, by the same functions, with two differences. What validates or scores is of the sample, which is
in memory; and one fold validates. Rows that belong with those, as they are of their group or later than they are, are
found among all rows, by the columns that the first pass has kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.families.table.first_pass import Found
from honed.families.table.scratch import scratch
from honed.families.table.source import TableSource
from honed.figures import counted
from honed.lazily import pl
from honed.table import bad_cells, formats, own_folds, split, stems, times
from honed.table.by_time import split_by_time
from honed.table.cells import brief, texts
from honed.table.noticed import are_regular
from honed.table.order import Times, gap_of, times_of
from honed.table.split import Fold, Splits, most_hold_out, most_outer

if TYPE_CHECKING:
    from collections.abc import Callable

    from jaxtyping import Bool, Float64, Int, Int32, Shaped

    from honed.search.options import Options

MOST_GIVEN = 50_000  # of the rows that were given to validate on, which are gone through after each part
_MOST_VALUES = 1_000  # of a column of folds, before it is refused
_PIECE = 1 << 16  # rows


class Rows(NamedTuple):
    """Where rows are.

    Attributes
    ----------
    place_of : by row of the files its position, -1 for one that is left out. count : positions.
    of_sample, at : rows of the files, and positions, of the sample's rows.
    """

    place_of: Int32[np.ndarray, " all"]
    count: int
    of_sample: Int[np.ndarray, " sample"]
    at: Int32[np.ndarray, " sample"]

    def by_position(self, values: Shaped[np.ndarray, " all"]) -> Shaped[np.ndarray, " rows"]:
        """What is known of each row of the files, by position."""
        found = scratch(self.count, values.dtype)
        for first in range(0, len(values), _PIECE):
            to = self.place_of[first : first + _PIECE]
            found[to[to >= 0]] = values[first : first + _PIECE][to >= 0]
        return found


class Shared(NamedTuple):
    """Splits of all positions, and what ties rows to each other; `groups` are those of the sample, -1 of other rows."""

    splits: Splits
    times: Times | None = None
    groups: Int32[np.ndarray, " rows"] | None = None
    notes: tuple[str, ...] = ()


def share(found: Found, sample: TableSource, rows: Rows, options: Options) -> Shared:
    """Which rows train, choose and score.

    Raises
    ------
    InputError
        It cannot be done, as where a gap leaves nothing to learn from.
    """
    if sample.own is not None:
        return _by_fold(found, sample, rows, options)
    if sample.times is not None:
        return _along_time(found, sample, rows, options)
    by_sample = split.split(
        sample.y,
        sample.schema.target.task,
        groups=sample.groups,
        seed=options.seed,
        valid_rows=sample.given,
        of_rows=rows.count,
    )
    outer, valid = rows.at[by_sample.outer], rows.at[by_sample.folds[0].valid]
    said, wait = f"{len(valid):,} others validate once, stratified by the target", ""
    aside, groups = None, None
    if sample.groups is not None:
        groups = scratch(rows.count, np.dtype(np.int32))
        groups[:] = -1
        groups[rows.at] = sample.groups
        held = outer if sample.given is not None else np.concatenate([outer, valid])
        aside, number = _of_groups(found, sample, rows, options, held)
        said = f"{len(valid):,} others validate once, by group"
        more = counted(int(aside.sum()) - len(held), "further row")
        wait = f"; {more} of their {number:,} groups train in the end alone"
    if found.given_from is not None:
        is_given = np.zeros(found.rows, bool)
        is_given[found.given_from :] = True
        given = rows.by_position(is_given)
        if len(valid) > MOST_GIVEN:
            valid = np.random.default_rng([options.seed, 20_025]).permutation(valid)[:MOST_GIVEN]
        count = int(given.sum())
        said = f"{counted(count, 'row')} {'was' if count == 1 else 'were'} given to validate on"
        if len(valid) < count:
            said = f"{len(valid):,} of the {count:,} rows that were given validate"
        aside = given if aside is None else aside | given
    splits = _splits(rows.count, outer, valid, aside)
    kept = f"{len(outer):,} of {counted(rows.count, 'row')} are kept for the final score alone; "
    return Shared(replace(splits, reason=kept + said + wait), groups=groups)


def of_sample(splits: Splits, at: Int32[np.ndarray, " sample"]) -> Splits:
    """The same by the sample's rows alone, whose positions are `at`."""

    def inside(positions: np.ndarray) -> np.ndarray:
        if not len(positions):
            return np.zeros(0, np.int32)
        near = positions[np.minimum(np.searchsorted(positions, at), len(positions) - 1)]
        return np.flatnonzero(near == at).astype(np.int32)

    fold = Fold(*(inside(part) for part in (splits.folds[0].train, splits.folds[0].valid)))
    inner, aside = (None if part is None else inside(part) for part in (splits.inner, splits.aside))
    return Splits(inside(splits.outer), (fold,), 1, splits.reason, inner, aside=aside)


def _splits(
    count: int, outer: np.ndarray, valid: np.ndarray, aside: Bool[np.ndarray, " rows"] | None = None
) -> Splits:
    """Those of positions that score and that validate; all others train but for those that are set `aside`."""
    trains = np.ones(count, bool) if aside is None else ~aside
    trains[outer] = trains[valid] = False
    if aside is not None:
        aside[outer] = aside[valid] = False
    fold = Fold(_kept(np.flatnonzero(trains)), split.ascending(valid))
    held = None if aside is None else _kept(np.flatnonzero(aside))
    return Splits(split.ascending(outer), (fold,), 1, "", aside=held)


def _kept(positions: Int[np.ndarray, " some"]) -> Int32[np.ndarray, " some"]:
    """Many positions, ascending, in a file without a name."""
    found = scratch(len(positions), np.dtype(np.int32))
    found[:] = positions
    return found


def _along_time(found: Found, sample: TableSource, rows: Rows, options: Options) -> Shared:
    known, name = sample.times, sample.schema.time
    assert known is not None and name is not None
    values, notes = _times(found, sample, name, known.are_dates)
    here = np.flatnonzero(rows.place_of >= 0)
    among = np.searchsorted(here, rows.of_sample)
    whole = split_by_time(
        Times(values[here], known.are_dates), name, gap_of(options.gap), options.seed, among=among
    )

    def moved(part: np.ndarray) -> np.ndarray:
        is_in = np.zeros(rows.count, bool)
        is_in[rows.place_of[here[part]]] = True
        return _kept(np.flatnonzero(is_in))

    fold = whole.folds[0]
    splits = replace(whole, outer=moved(whole.outer), folds=(Fold(moved(fold.train), moved(fold.valid)),))
    if whole.inner is not None:
        splits = replace(splits, inner=moved(whole.inner))
    if whole.otherwise is not None:
        other = whole.otherwise
        splits = replace(splits, otherwise=replace(other, train=moved(other.train), outer=moved(other.outer)))
    return Shared(splits, Times(rows.by_position(values), known.are_dates), notes=notes)


def regular(found: Found, sample: TableSource, place_of: Int32[np.ndarray, " all"]) -> str | None:
    """The column of dates whose steps in all rows, which those of a sample cannot show, say that rows follow it."""
    for name in found.columns:
        if name not in sample.table.frame.columns or name == sample.schema.target.name:
            continue
        if sample.table.frame[name].dtype not in (pl.Date, pl.Datetime):
            continue
        values, _ = _times(found, sample, name, are_dates=True)
        if are_regular(values[place_of >= 0]):
            return name
    return None


def _times(
    found: Found, sample: TableSource, name: str, are_dates: bool
) -> tuple[Float64[np.ndarray, " all"], tuple[str, ...]]:
    """When each row of the files was, read as the sample's cells are, and what is to be said of cells that say none."""
    cells = sample.table.frame[name]
    how = times.find(cells, is_said=True) if are_dates and cells.dtype == pl.String else None
    values = scratch(found.rows, np.dtype(np.float64))
    count, shown = 0, list[str]()
    for before, piece in found.pieces(name):
        piece = sample.schema.read(piece)
        if how is not None:
            piece = piece.with_columns(formats.read(piece[name], how.format))
        names = ([], [name]) if are_dates else ([name], [])
        piece, bad = bad_cells.emptied(piece, *names, before)
        count, shown = count + bad.count, (shown + bad.shown)[: bad_cells.TOLD]
        own = times_of(formats.moments(piece[name]) if are_dates else piece[name])
        inside = slice(before, before + piece.height)
        values[inside] = np.nan if own is None else own.values
    if not count:
        return values, ()
    note = f"{counted(count, 'cell')} of {brief(name)!r} say no time, so such rows always train: {'; '.join(shown)}."
    return values, (note,)


def _of_groups(
    found: Found, sample: TableSource, rows: Rows, options: Options, held: Int32[np.ndarray, " held"]
) -> tuple[Bool[np.ndarray, " rows"], int]:
    """By position, whether a row is held or of the group of one that is, and how many groups these are."""
    name = sample.schema.group
    assert name is not None
    of_held = sample.places[np.isin(rows.at, held)]
    cells = texts(sample.table.frame[name])[of_held.tolist()]
    names = cells.drop_nulls().unique()  # a row without a group is one alone

    def belongs(piece: pl.Series) -> pl.Series:
        cells = stems.names_of(piece, options.group_stem) if options.group_stem else texts(piece)
        return cells.is_in(names.implode())

    found_so = _where(found, name, rows, belongs)
    found_so[held] = True
    return found_so, len(names) + cells.null_count()


def _by_fold(found: Found, sample: TableSource, rows: Rows, options: Options) -> Shared:
    """What a column of folds says of each of its values holds for the rows that have it."""
    name, limits = str(options.fold), (most_outer(rows.count), most_hold_out(rows.count))
    values = pl.Series(name, [], dtype=pl.Null)
    for before, piece in found.pieces(name):
        has_target = pl.Series(rows.place_of[before : before + piece.height] >= 0)
        both = [pl.DataFrame([each]) for each in (values, piece[name].filter(has_target).unique())]
        values = pl.concat(both, how="vertical_relaxed")[name].unique(maintain_order=True)
        if len(values) > _MOST_VALUES:
            break
    of_values = own_folds.by_column(values, sample.table.source)
    words = texts(values)
    draw = np.random.default_rng([options.seed, 20_024])
    own = texts(found.sample[name])[sample.places.tolist()]
    parts, named = list[np.ndarray](), list[pl.Series]()
    for part, most in zip((of_values.outer, of_values.folds[0].valid), limits, strict=True):
        these = words[part.tolist()]
        have = rows.at[own.is_in(these.implode()).fill_null(False).to_numpy()]
        if not len(have):
            raise InputError(
                f"{sample.table.source}: rows whose {name!r} is {brief(str(these[0]), 40)!r} are to "
                f"{'validate' if parts else 'give the score'}, and they are so few that the "
                f"{counted(len(rows.at), 'row')} drawn from all hold none. Name another column, or leave it out."
            )
        parts.append(np.sort(draw.permutation(have)[:most]))
        named.append(these)
    outer, valid = parts
    both = pl.concat(named).implode()
    aside = _where(found, name, rows, lambda piece: texts(piece).is_in(both))
    splits = _splits(rows.count, outer, valid, aside)
    scoring, choosing = (brief(str(these[0]), 40) for these in named)
    said = (
        f"{len(outer):,} of {counted(rows.count, 'row')}, of those whose {name!r} is {scoring!r}, are kept for the "
        f"final score alone; {len(valid):,} of those whose {name!r} is {choosing!r} validate what was learned from all "
        "others"
    )
    return Shared(replace(splits, reason=said))


def _where(
    found: Found, name: str, rows: Rows, belongs: Callable[[pl.Series], pl.Series]
) -> Bool[np.ndarray, " rows"]:
    """By position, whether what a row has in that column belongs to what is looked for."""
    is_so = np.zeros(found.rows, bool)
    for before, piece in found.pieces(name):
        is_so[before : before + piece.height] = belongs(piece[name]).fill_null(False).to_numpy()
    return np.asarray(rows.by_position(is_so))
