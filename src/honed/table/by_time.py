"""Splits along time: learn from the past, choose and score on what follows. `split_by_time` gives them.

Rows of one time stay together everywhere, so every cut lies between two times.
"""

from __future__ import annotations

import math

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.table.order import Gap, Times
from honed.table.split import (
    FOLDS,
    HOLD_OUT_SHARE,
    LARGE,
    MOST_HOLD_OUT,
    MOST_OUTER,
    OUTER_SHARE,
    Fold,
    Otherwise,
    Splits,
    share_of,
)

_FOLD_SHARE = (
    0.1  # of the inner rows, that one of several folds validates: the oldest still learns from half of them
)


def split_by_time(times: Times, name: str, gap: Gap | None = None, seed: int = 0) -> Splits:
    """The newest rows for the final score; of those before, folds that train on the past and validate on what follows.

    Fold 0 validates the newest of them and trains on all before; each further fold lies one step further back, so
    that they share programs and the first is the most like what comes. Rows without a time are in no fold.

    Parameters
    ----------
    times : when each row was; at least 3 different ones. name : of the column, for words.
    gap : what lies unused before rows that validate or score.
    seed : of the random split beside.

    Raises
    ------
    InputError
        The gap leaves nothing to learn from or nothing to score.
    """
    gap = gap or Gap()
    rows = np.argsort(times.values, kind="stable")
    rows = rows[~np.isnan(times.values[rows])]
    line = _Line(rows, times.values[rows], gap)
    number = share_of(len(rows), OUTER_SHARE, MOST_OUTER) if len(rows) >= 5 else 1
    start = line.cut(len(rows) - number, least=2)  # two more times: one to learn from and one to choose by
    end = line.before(start)
    outer = rows[start:]
    parts = _folds(line, end)
    if not parts:
        raise InputError(
            f"A gap of {gap.said()} along {name!r} leaves too few of {counted(len(rows), 'row')} to learn from. Give a "
            "smaller one."
        )
    folds = tuple(Fold(_sorted(rows[:stop]), _sorted(rows[first:last])) for stop, first, last in parts)
    inner = _sorted(rows[:end])
    train = len(inner) if len(folds) > 1 else parts[0][0]
    return Splits(
        _sorted(outer),
        folds,
        1,
        _said(times, name, gap, rows, start, folds),
        inner if len(folds) > 1 else None,
        _at_random(rows, train, len(outer), seed),
    )


def stretches(values: np.ndarray) -> np.ndarray:
    """Number of the stretch of time that each row lies in, int64 (rows,): about as many stretches as rows in one.

    Rows near in time are alike, so what is drawn to tell how sure a score is are stretches and not rows.

    Parameters
    ----------
    values : float64 (rows,), when each row was.
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    return (before // max(1, math.ceil(math.sqrt(len(values)))))[place]


class _Line:
    """Rows in their order, with the places where one time ends and the next begins."""

    def __init__(self, rows: np.ndarray, values: np.ndarray, gap: Gap) -> None:
        self.values, self.gap = values, gap
        self.cuts = np.flatnonzero(np.diff(values) > 0) + 1  # the first row of each time but the oldest

    def cut(self, wanted: int, end: int | None = None, least: int = 1) -> int:
        """The place nearest to `wanted` where a time begins, so that at least `least` times come before it."""
        cuts = self.cuts[least - 1 :]
        cuts = cuts if end is None else cuts[cuts < end]
        return int(cuts[np.argmin(np.abs(cuts - wanted))]) if len(cuts) else 0

    def before(self, start: int) -> int:
        """Where rows that may be learned from end, when those from `start` on are not known: the gap earlier."""
        end = start
        if self.gap.seconds:
            end = int(np.searchsorted(self.values, self.values[start] - self.gap.seconds, side="right"))
            end = min(end, start)
        if self.gap.rows:
            wanted = start - self.gap.rows
            whole = self.cuts[self.cuts <= wanted]
            end = int(whole[-1]) if len(whole) else 0
        return end


def _folds(line: _Line, end: int) -> list[tuple[int, int, int]]:
    """Of each fold, newest first: where its training rows end, and where those that validate begin and end."""
    if end > LARGE:
        share, most = share_of(end, HOLD_OUT_SHARE, MOST_HOLD_OUT), 1
    else:
        share, most = share_of(end, _FOLD_SHARE, end), FOLDS
    parts, last = [], end
    while len(parts) < most:
        first = line.cut(last - share, end=last)
        stop = line.before(first) if first else 0
        if stop < 1 or (parts and stop < end // 3):  # of a third nothing is learned that compares
            break
        parts.append((stop, first, last))
        last = first
    return parts


def _at_random(rows: np.ndarray, train: int, outer: int, seed: int) -> Otherwise:
    order = np.random.default_rng([seed, 20_021]).permutation(rows)
    return Otherwise("random", _sorted(order[outer : outer + train]), _sorted(order[:outer]))


def _sorted(rows: np.ndarray) -> np.ndarray:
    return np.sort(rows).astype(np.int32)


def _said(times: Times, name: str, gap: Gap, rows: np.ndarray, start: int, folds: tuple[Fold, ...]) -> str:
    values = times.values[rows]
    outer = len(rows) - start
    said = (
        f"{outer:,} of {counted(len(times.values), 'row')}, the newest by {name!r} (from {times.label(values[start])} "
        f"on), {'is' if outer == 1 else 'are'} kept for the final score alone; "
    )
    if len(folds) > 1:
        said += f"those before validate in {len(folds)} steps of time, each what was learned from the rows before it"
    else:
        valid = sum(len(fold.valid) for fold in folds)
        said += f"of those before the newest {valid:,} validate what was learned from the rest"
    if gap:
        said += f", with a gap of {gap.said()} left unused before each part"
    if lost := len(times.values) - len(rows):
        said += f"; {counted(lost, 'row')} without a time {'is' if lost == 1 else 'are'} in neither"
    return said
