"""Rows that are held out, and that training rows tell of: `on_both_sides`, of each part the ones too many to bear."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.findings import Severity
from honed.table.split import Splits

if TYPE_CHECKING:
    from jaxtyping import Int

# Shares of the held-out rows that a score can hardly, and cannot, bear; as for rows of tables.
_NOTE, _WARNING, _ERROR = 0.01, 0.05, 0.5


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
