"""Rows that seem to belong together by a column that nobody named as their group: `probable_groups`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from honed.errors import InputError
from honed.lazily import pl
from honed.table import addressed, kinds
from honed.table.cells import all_numbers, brief, numbers, texts
from honed.table.columns import Schema
from honed.table.read import Table
from honed.table.reading import PLAIN
from honed.table.stems import before

SEPARATORS = r"_-/\.:#|?&"  # before the number of a row within its group, as in p17_3
_LEAST_ROWS, _LEAST_GROUPS = 60, 5
_LEAST_EACH = 2.0  # rows of a group, on average
_HAVE_STEM = 0.95  # of the cells
_ALIKE = 0.9  # of the variance of the median column, that the groups explain beyond chance ...
_ALIKE_IN_PANEL = 0.5  # ... and where each group has one row at each of the same few numbers, such as years
_LEAST_STEPS, _HELD = 3, 0.7  # of these numbers, and share of all pairs of group and number that have a row
_QUANTITY = 0.5  # correlation of one group with the next, from which on the column is a quantity and no name
_MOST_ROWS, _MOST_COLUMNS, _MOST_CANDIDATES = 10_000, 100, 20  # that are looked at
_LEAST_OF_LEVEL = 4.0  # rows of a group, on average, from which on numbers that name groups are levels
_FIRST = 3  # columns that rule a candidate out, before all are asked


@dataclass(frozen=True)
class Probable:
    """A column that probably names groups of rows.

    Attributes
    ----------
    separator : what the group's name ends at, where the rest numbers its rows; empty where all of the cell is it.
    groups : int32 (rows,), the group of each row.
    explained : share of the variance of the median column of numbers that the groups explain.
    along : the column of which each group has each value once, as of years in which all were measured; or empty.
    """

    name: str
    separator: str
    groups: np.ndarray
    explained: float
    along: str = ""

    @property
    def count(self) -> int:
        """How many groups."""
        return int(self.groups.max()) + 1

    @property
    def by(self) -> str:
        """What the rows are grouped by, in words."""
        return (
            f"what stands before '{self.separator}' in {self.name!r}" if self.separator else f"{self.name!r}"
        )

    @property
    def options(self) -> str:
        """The options that say so."""
        return f"--group {shlex.quote(self.name)}" + (
            f" --group-stem {shlex.quote(self.separator)}" if self.separator else ""
        )


def probable_groups(
    frame: pl.DataFrame, schema: Schema, written: pl.DataFrame | None = None
) -> Probable | None:
    """The column whose repeated values, or stems, hold rows that are nearly alike; None where there is none.

    Nearly alike: the groups explain 90 % of the variance of the median column of numbers, chance taken off; half of it
    is enough where each group has one row at each value of another column, as countries in the same years have. Codes
    at random repeat no stem, or join rows that are not alike.

    Parameters
    ----------
    frame : the cells of the rows with a target, as the schema reads them.
    written : the columns of paths as texts, which `--group-stem` cuts; without them those are not looked at.
    """
    if written is not None:  # but those with empty cells, which the texts may have words for
        frame = frame.with_columns(cells for cells in written if not frame[cells.name].null_count())
    inputs = [column.name for column in schema.columns if column.kind == "numeric"][:_MOST_COLUMNS]
    if frame.height < _LEAST_ROWS or len(inputs) < 2:
        return None
    head = frame.head(_MOST_ROWS)
    values = {name: _scaled(numbers(head[name])) for name in inputs}
    found = []
    for name, separator, groups in _candidates(head, schema):
        along = "" if separator else _panel(name, groups, values)
        others = [values[each] for each in inputs if each not in (name, along)]
        least = _ALIKE_IN_PANEL if along else _ALIKE
        if not others or np.median([_explained(column, groups) for column in others[:_FIRST]]) < least / 2:
            continue
        explained = float(np.median([_explained(column, groups) for column in others]))
        if explained >= least and not (separator == "" and _is_quantity(head[name], groups, others)):
            found.append((explained, name, separator, along))
    if not found:
        return None
    explained, name, separator, along = max(found)
    words = texts(frame[name])
    groups = _codes(before(words, separator) if separator else words)
    return None if groups is None else Probable(name, separator, groups, explained, along)


def notice(table: Table, schema: Schema) -> tuple[Schema, Probable | None, tuple[str, ...]]:
    """The `probable_groups`, the schema in which numbers that name them are levels, and a note of that.

    A group's number is no quantity: of two near ones no group is more like the other. As levels they make the error
    in other rows of known groups smaller, by a third where groups say much, and in rows of new groups hardly another
    (`benchmarks/README.md`). Numbers that were declared stay numbers, and those of groups with few rows.

    Parameters
    ----------
    table : the rows with a target, as the schema reads them (`Schema.read_training`).
    """
    frame = table.frame
    found = probable_groups(frame, schema, table.written)
    column = next((c for c in schema.columns if found is not None and c.name == found.name), None)
    if found is None or column is None or column.kind != "numeric" or column.reading != PLAIN:
        return schema, found, ()
    if kinds.was_declared(column) or frame.height < _LEAST_OF_LEVEL * found.count:
        return schema, found, ()
    try:
        levels = kinds.declared(frame[column.name], np.arange(1, frame.height + 1), "categorical")
    except InputError:  # none is frequent enough
        return schema, found, ()
    why = f"{column.distinct:,} distinct whole numbers that name groups of rows which are alike"
    levels = replace(levels, reason=why, reading=column.reading, examples=column.examples)
    columns = tuple(levels if each is column else each for each in schema.columns)
    changed = replace(schema, columns=columns)
    again = probable_groups(frame, changed, table.written)
    if again is None or again.name != column.name:
        return schema, found, ()
    note = (
        f"Column {brief(column.name)!r}: its {column.distinct:,} whole numbers name groups of rows that are alike, so "
        f"they are levels and no quantity, which say nothing of new groups; "
        f"{table.declaration('numeric', column.name)} keeps them numbers."
    )
    return changed, again, (note,)


def _candidates(frame: pl.DataFrame, schema: Schema) -> Iterator[tuple[str, str, np.ndarray]]:
    tried = 0
    for column in schema.columns:
        if column.kind in ("date", "constant", "boolean") or tried >= _MOST_CANDIDATES:
            continue
        cells = frame[column.name]
        if cells.dtype.is_nested() or cells.dtype in (pl.Float32, pl.Float64, pl.Binary, pl.Object):
            continue
        if column.kind == "numeric" and column.distinct > len(cells) / _LEAST_EACH:
            continue
        words = texts(cells)
        if words.null_count():
            continue
        is_path = column.reading.format == addressed.PATH
        if is_path or (column.kind in ("identifier", "text") and not all_numbers(cells)):
            for separator in SEPARATORS:
                has_stem = words.str.contains(rf".{re.escape(separator)}").to_numpy().mean()
                if has_stem >= _HAVE_STEM and (groups := _codes(before(words, separator))) is not None:
                    tried += 1
                    yield column.name, separator, groups
        elif (groups := _codes(words)) is not None and (column.kind != "numeric" or _are_whole(cells)):
            tried += 1
            yield column.name, "", groups


def _panel(name: str, groups: np.ndarray, values: Mapping[str, np.ndarray]) -> str:
    """The column of numbers of which nearly every group has nearly every value, and none twice; empty for none."""
    count = int(groups.max()) + 1
    for other, column in values.items():
        if other == name or np.isnan(column).any():
            continue
        found, step = np.unique(column, return_inverse=True)
        is_full = _HELD * count * len(found) <= len(groups) <= count * len(found)
        if (
            len(found) >= _LEAST_STEPS
            and is_full
            and len(np.unique(groups * len(found) + step)) == len(groups)
        ):
            return other
    return ""


def _codes(cells: pl.Series) -> np.ndarray | None:
    """Groups of equal cells, int32; None for too few or too many of them."""
    codes = cells.rank("dense").cast(pl.Int32).to_numpy() - 1
    count = int(codes.max()) + 1
    return codes if _LEAST_GROUPS <= count <= len(codes) / _LEAST_EACH else None


def _are_whole(cells: pl.Series) -> bool:
    found = numbers(cells)
    return bool((found == np.floor(found)).all())


def _scaled(values: np.ndarray) -> np.ndarray:
    """By a power of two, so that squares of any cells are numbers; what is asked of them hangs on no scale."""
    largest = np.max(np.abs(values), initial=0.0, where=~np.isnan(values))
    return np.ldexp(values, -int(np.frexp(largest)[1]))


def _explained(values: np.ndarray, groups: np.ndarray) -> float:
    """Share of the variance that the groups explain, chance taken off: ε²."""
    known = ~np.isnan(values)
    values, groups = values[known], groups[known]
    total = float(((values - values.mean()) ** 2).sum()) if len(values) else 0.0
    counts = np.bincount(groups)
    count = int((counts > 0).sum())
    if not total > 0 or len(values) <= count:
        return 0.0
    means = np.bincount(groups, values) / np.maximum(counts, 1)
    within = float(((values - means[groups]) ** 2).sum())
    return 1 - within / total * (len(values) - 1) / (len(values) - count)


def _is_quantity(cells: pl.Series, groups: np.ndarray, others: list[np.ndarray]) -> bool:
    """Whether groups next to each other by their number are alike too, so that the column measures something."""
    if not all_numbers(cells):
        return False
    at = np.zeros(int(groups.max()) + 1)
    at[groups] = numbers(cells)
    order = np.argsort(at)
    near = []
    for column in others:
        means = np.bincount(groups, np.nan_to_num(column)) / np.bincount(groups)
        if means.std() > 0:
            near.append(abs(float(np.corrcoef(means[order][:-1], means[order][1:])[0, 1])))
    return bool(near) and float(np.median(near)) > _QUANTITY
