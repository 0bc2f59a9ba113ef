"""What of a long table changes from step to step, and what does not: `Layout`, by which other tables are read."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from honed import typed
from honed.errors import InputError
from honed.figures import counted
from honed.lazily import pl
from honed.table.cells import (
    brief,
    can_be_numbers,
    check_levels,
    is_present,
    match,
    numbers,
    parse_numbers,
    some,
    texts,
)
from honed.typed import JSON

if TYPE_CHECKING:
    from jaxtyping import Bool, Float32, Int

# Of the cells of a column, of which one of numbers may have other ones, so that these are mistakes.
_FEW = 0.1
_MOST_LEVELS = 32  # of a column of words, each of which becomes a number of its own


@dataclass(frozen=True)
class Part:
    """A column: numbers, or one number for each of its levels, 1 where it is that and 0 elsewhere."""

    name: str
    levels: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of its numbers."""
        return tuple(f"{self.name} = {level}" for level in self.levels) or (self.name,)

    def read(self, column: pl.Series) -> Float32[np.ndarray, "cells numbers"]:
        """Its numbers, NaN where a cell is empty; a level that training has not seen is none of them.

        Raises
        ------
        InputError
            A cell that is no number, or infinite.
        """
        if not self.levels:
            return numbers(column).astype(np.float32)[:, None]
        codes = match(column, self.levels)
        found = (codes[:, None] == np.arange(len(self.levels))).astype(np.float32)
        found[codes == -1] = np.nan
        return found


@dataclass(frozen=True)
class Layout:
    """The columns of a long table.

    Attributes
    ----------
    sequence, step : those that say of which sequence a row is, and where in it; no step where rows are in order.
    channels : what changes from step to step. beside : what is the same in all rows of a sequence.
    spacing : time from one step to the next, by which missing steps are known: seconds for dates, else in the unit of
        the column of steps; None where the order of steps alone counts.
    """

    sequence: str
    step: str | None
    channels: tuple[Part, ...]
    beside: tuple[Part, ...]
    spacing: float | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All that a table to predict must have."""
        own = (self.sequence,) if self.step is None else (self.sequence, self.step)
        return (*own, *(part.name for part in (*self.channels, *self.beside)))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the channels."""
        return tuple(name for part in self.channels for name in part.names)

    def to_json(self) -> dict[str, JSON]:
        """Plain JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, value: JSON, place: str) -> Layout:
        """The layout that `to_json` wrote; `Misfit` for anything else."""
        found = typed.take(cls, value, place)
        typed.unique(found.columns, place)
        typed.require(found.channels, f"{place}.channels", "is empty")
        if found.spacing is not None:
            typed.finite(found.spacing, f"{place}.spacing")
            typed.require(
                found.spacing > 0, f"{place}.spacing", f"is {found.spacing}, but it must be above 0"
            )
        for part in (*found.channels, *found.beside):
            check_levels(part.levels, f"{place}: {typed.shown(part.name)}")
        return found


def of_table(
    frame: pl.DataFrame,
    sequence: str,
    step: str | None,
    rows: Int[np.ndarray, " rows"],
    apart: Collection[str],
    categorical: Sequence[str],
    source: str,
) -> tuple[Layout, list[str]]:
    """The layout of a table, and notes on columns that are left out.

    Parameters
    ----------
    rows : the number of each row's sequence. apart : columns that are no inputs.
    categorical : columns of levels, whatever they look like.

    Raises
    ------
    InputError
        No column changes from step to step, or there is nothing in those that do.
    """
    notes: list[str] = []
    changing: list[Part] = []
    steady: list[Part] = []
    dull: list[str] = []
    wordy: list[str] = []
    for name in frame.columns:
        if name in apart or name in (sequence, step):
            continue
        column = frame[name]
        present = is_present(column).to_numpy()
        cells = texts(column)
        if not present.any() or cells.filter(present).n_unique() < 2:
            dull.append(name)
            continue
        part = Part(name)
        if name in categorical or not can_be_numbers(column):
            levels = sorted(cells.filter(present).unique().to_list())
            if len(levels) > _MOST_LEVELS:
                stray = _strays(column, present)
                notes.extend(stray)
                wordy.extend([] if stray else [name])
                continue
            part = Part(name, tuple(levels))
        (steady if _is_steady(cells, present, rows) else changing).append(part)
    if dull:
        what, inputs = (
            ("column holds", "is no input") if len(dull) == 1 else ("columns hold", "are no inputs")
        )
        notes.append(f"{counted(len(dull), what, what)} one value or none and {inputs}: {some(dull)}.")
    if wordy:
        notes.append(
            f"{some(wordy)}: over {_MOST_LEVELS} different words or dates in steps or beside them, so left out. Give "
            "numbers, or fewer words."
        )
    if not changing:
        raise InputError(
            f"{source} has no column that changes from step to step of a sequence"
            + (f" ({notes[0].rstrip('.')})" if notes else "")
            + f", so nothing is measured over time. Look at --sequence {sequence}; or leave it out: a table of one row "
            "an example needs no sequences."
        )
    return Layout(sequence, step, tuple(changing), tuple(steady)), notes


def _strays(column: pl.Series, present: Bool[np.ndarray, " rows"]) -> list[str]:
    """A note on the cells of a column that are no numbers where most are; nothing for a column of words."""
    wrong = np.flatnonzero(parse_numbers(column).is_null().to_numpy() & present)
    if not 0 < len(wrong) <= _FEW * present.sum():
        return []
    row = int(wrong[0])
    said = (
        f"{column.name!r}: {counted(len(wrong), 'cell is no number', 'cells are no numbers')}, such as "
        f"{brief(texts(column)[row])!r} in row {row + 1:,}, and the others are, so it is left out. Correct or empty "
        "such cells to learn from the column."
    )
    return [said]


def _is_steady(cells: pl.Series, present: Bool[np.ndarray, " rows"], rows: Int[np.ndarray, " rows"]) -> bool:
    """Whether no sequence has two different values."""
    found = pl.DataFrame({"cell": cells, "row": rows}).filter(pl.Series(present))
    return found.n_unique() == found["row"].n_unique()
