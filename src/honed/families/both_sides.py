"""Rows that are held out, and that training rows tell of.

`on_both_sides` gives those of each part that are too many to bear, `repeated_rows` those given to validate on that are
rows of the data too (`repeated_cases` of pictures and sequences).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.findings import Severity
from honed.lazily import pl
from honed.search.options import Options
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Bool, Int, UInt64

# Shares of the held-out rows that a score can hardly, and cannot, bear; as for rows of tables.
_NOTE, _WARNING, _ERROR = 0.01, 0.05, 0.5


class Repeated(NamedTuple):
    """Which given rows the table holds too, and how many they are where these are some of them."""

    is_one: Bool[np.ndarray, " given"]
    count: int


class Part(NamedTuple):
    """A part of the rows that is held out.

    name : what it is for. rows : all of it. seen : rows that are learned from before. both : of `rows` those on both
    sides, at least two. share : of `rows`. severity : a note from 1 % on, a warning from 5 %, an error from 50 %.
    """

    name: str
    rows: Int[np.ndarray, " rows"]
    seen: Int[np.ndarray, " seen"]
    both: Int[np.ndarray, " both"]
    share: float
    severity: Severity


def on_both_sides(
    splits: Splits,
    count: int,
    of: Callable[[Int[np.ndarray, " rows"], Int[np.ndarray, " seen"]], Int[np.ndarray, " both"]],
) -> Iterator[Part]:
    """The parts of `count` rows of which 1 % or more are on both sides; `of` says which, of held-out and seen rows."""
    fold = splits.folds[0]
    parts = (("validation", fold.valid, fold.train), ("final score", splits.outer, splits.known(count)))
    for name, rows, seen in parts:
        both = of(rows, seen)
        share = len(both) / max(len(rows), 1)
        if share >= _NOTE and len(both) > 1:
            severity = "error" if share >= _ERROR else "warning" if share >= _WARNING else "note"
            yield Part(name, rows, seen, both, share, severity)


def repeated_rows(
    table: UInt64[np.ndarray, " table"],
    given: UInt64[np.ndarray, " given"],
    options: Options,
    noun: str = "row",
) -> Repeated:
    """Which given rows the table holds too, beyond what chance repeats, by hashes of the rows of both.

    `noun` is what a row is, for messages.

    Raises
    ------
    InputError
        All of them are.
    """
    is_one = found_in(table, given)
    if len(given) and is_one.all():
        raise InputError(
            f"All {counted(len(given), noun)} of {options.named_valid} are {noun}s of {options.named} too, target "
            "included, so what learns from them there would choose by what it has learned. Take them out of "
            f"{options.named}, or give {noun}s that it does not hold."
        )
    return Repeated(is_one, int(is_one.sum()))


def repeated_cases(
    keys: UInt64[np.ndarray, " cases"], target: pl.Series, first: int, options: Options, noun: str
) -> Repeated:
    """`repeated_rows` of cases of which the first so many are of the data, and the rest were given to validate on.

    `keys` are the same for cases whose data are; repeated are those of the same target too.
    """
    whole = pl.DataFrame([pl.Series("key", keys), target.alias("of")]).hash_rows()
    return repeated_rows(whole[:first].to_numpy(), whole[first:].to_numpy(), options, noun)


def found_in(
    table: UInt64[np.ndarray, " table"], given: UInt64[np.ndarray, " given"]
) -> Bool[np.ndarray, " given"]:
    """Which given rows the table holds too, beyond what chance repeats, by hashes of the rows of both."""
    if not len(table):
        return np.zeros(len(given), bool)
    known = np.sort(table)
    is_one = known[np.minimum(np.searchsorted(known, given), len(known) - 1)] == given
    same = known[1:] == known[:-1]
    own = float((np.append(same, False) | np.append(False, same)).mean())
    by_chance = max(0.01, 2 * own) * len(given)  # of a table of few different rows any row repeats another
    return is_one if is_one.sum() > by_chance else np.zeros(len(given), bool)


def said_of_repeated(repeated: Repeated, options: Options, noun: str = "row") -> str:
    """Which given rows were left out, as the data hold them too."""
    are = f"is one of {options.named}" if repeated.count == 1 else f"are {noun}s of {options.named}"
    return (
        f"Left out {counted(repeated.count, noun)} of {options.named_valid} that {are} too, target included: what "
        "learns from them there would choose by them here."
    )
