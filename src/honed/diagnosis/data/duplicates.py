"""Rows that occur twice, above all on both sides of a split: "duplicate-rows"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed import seeds
from honed.diagnosis.data.case import DataCase
from honed.findings import Finding
from honed.lazily import pl
from honed.table.cells import all_numbers, texts

if TYPE_CHECKING:
    from jaxtyping import Int, Real, UInt64

# Shares of the held-out rows that a score can hardly, and cannot, bear.
_NOTE, _WARNING, _ERROR = 0.01, 0.05, 0.5
_OVERALL = 0.05
_COUNTER = 0.05  # of the rows: so few different words, their digits taken out, are those of a counter
_MOST_SHOWN = 20
_REFERENCE = "Barz & Denzler (2020), Do we train on test data?, arXiv 1902.00423"


def duplicate_rows(case: DataCase) -> list[Finding]:
    """Validation or outer rows that are training rows too, in all columns but counters of rows, and the target.

    A note from 1 % on, a warning from 5 %, an error from 50 %; for many repeated rows overall that no split tears
    apart, a note from 5 %. What chance gives is taken off first: with each column shuffled by itself, few and coarse
    columns have twins too.
    """
    if not case.used:
        return []
    cells = case.frame.select(*[column.name for column in case.used], *_names(case))
    rng = seeds.generator(0, "data", "duplicates")
    order = [rng.permutation(cells.height) for _ in range(cells.width)]
    shuffled = cells.select(column[place] for column, place in zip(cells.get_columns(), order, strict=True))
    seen, by_chance = _keys(cells, case.y), _keys(shuffled, case.y)
    found = [
        finding
        for part, rows in (("validation", case.valid), ("outer", case.outer))
        if (finding := _across(case, part, rows, seen, by_chance)) is not None
    ]
    return found or _overall(seen, by_chance)


def _names(case: DataCase) -> list[pl.Series]:
    """Columns of words that no network reads, and which tell rows apart all the same: names, free text."""
    found = []
    for column in case.schema.columns:
        cells = case.frame[column.name]
        if column.kind in ("identifier", "text") and not all_numbers(cells):
            words = texts(cells)
            if words.str.replace_all(r"\d+", "").n_unique() > _COUNTER * len(words):  # row_17 counts too
                found.append(words)
    return found


def _keys(cells: pl.DataFrame, y: Real[np.ndarray, " rows"]) -> UInt64[np.ndarray, " rows"]:
    """One 64-bit number a row, the same for equal rows (for others by a chance below one in 10^9)."""
    return cells.with_columns(pl.Series("\0target", y)).hash_rows(seed=0).to_numpy()


def _across(
    case: DataCase,
    part: str,
    rows: Int[np.ndarray, " part"],
    seen: UInt64[np.ndarray, " rows"],
    by_chance: UInt64[np.ndarray, " rows"],
) -> Finding | None:
    if not len(rows):
        return None
    twins = rows[np.isin(seen[rows], seen[case.train])]
    chance = float(np.isin(by_chance[rows], by_chance[case.train]).mean())
    share = len(twins) / len(rows)
    if share - chance < _NOTE or len(twins) < 2:
        return None
    excess = share - chance
    severity = "error" if excess >= _ERROR else "warning" if excess >= _WARNING else "note"
    name = {"validation": "validation rows", "outer": "rows of the final score"}[part]
    return Finding(
        "duplicate-rows",
        severity,
        f"{len(twins):,} of {len(rows):,} {name} ({share:.1%}; chance gives {chance:.1%}) are also training rows, "
        "target included.",
        {
            "part": part,
            "twins": len(twins),
            "rows": len(rows),
            "share": share,
            "chance": chance,
            "first": case.places_of(twins[:_MOST_SHOWN]),
        },
        "A network can answer such rows from memory, so the score flatters it.",
        "Remove repeated rows before the split, or name a group column so that copies stay together (--group; groups "
        "in Python); keep them if new rows repeat old ones just as often.",
        reference=_REFERENCE,
    )


def _overall(seen: UInt64[np.ndarray, " rows"], by_chance: UInt64[np.ndarray, " rows"]) -> list[Finding]:
    rows = len(seen)
    copies, expected = rows - len(np.unique(seen)), rows - len(np.unique(by_chance))
    if copies - expected < _OVERALL * rows:
        return []
    return [
        Finding(
            "duplicate-rows",
            "note",
            f"{copies:,} of {rows:,} rows ({copies / rows:.1%}; chance gives {expected / rows:.1%}) repeat another "
            "row, target included.",
            {"part": "all", "twins": copies, "rows": rows, "share": copies / rows, "chance": expected / rows},
            "A repeated row counts as often as it occurs: the network fits it more closely than the others.",
            "Remove the copies unless they are rows of their own that happen to be equal.",
            reference=_REFERENCE,
        )
    ]
