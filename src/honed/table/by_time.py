"""Splits along time: learn from the past, choose and score on what follows. `split_by_time` gives them.

Rows of one time stay together everywhere, so every cut lies between two times. What validates or scores are the rows
of a share of the whole, or, where that is many, some of them drawn evenly over it: the last few thousand rows of a
large table are a few days, and say little of the months to come.
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
    OUTER_SHARE,
    Fold,
    Otherwise,
    Splits,
    ascending,
    most_hold_out,
    most_outer,
    share_of,
    without,
)

# Of the inner rows, that one of several folds validates: the oldest still learns from half of them.
_FOLD_SHARE = 0.1
_FEW = 0.25  # of the rows that a part asks for: of fewer it is said, where rows of one time are most of the table
_MANY_WITHOUT = 0.2  # of the rows, without a time: of more it is said that they may flatter the score


def split_by_time(
    times: Times,
    name: str,
    gap: Gap | None = None,
    seed: int = 0,
    among: np.ndarray | None = None,
) -> Splits:
    """The newest rows for the final score; of those before, folds that train on the past and validate on what follows.

    Fold 0 validates the newest of them and trains on all before; each further fold lies one step further back, so
    that they share programs and the first is the most like what comes. Rows without a time always train.

    Parameters
    ----------
    times : when each row was; at least 3 different ones. name : of the column, for words.
    gap : what lies unused before rows that validate or score.
    seed : of the random split beside.
    among : positions of the rows that may validate or score, and then once; None for all.

    Raises
    ------
    InputError
        The gap leaves nothing to learn from or nothing to score, or no row that may do so is where one has to be.
    """
    gap = gap or Gap()
    has_time = ~np.isnan(times.values)
    always = np.flatnonzero(~has_time).astype(np.int32)
    rows = np.argsort(times.values, kind="stable")[: len(has_time) - len(always)].astype(np.int32)
    line = _Line(rows, times.values[rows], gap)
    draw = np.random.default_rng([seed, 20_022])
    number = share_of(len(rows), OUTER_SHARE, len(rows)) if len(rows) >= 5 else 1
    start = line.cut(len(rows) - number, least=2)  # two more times: one to learn from and one to choose by
    end = line.before(start)
    outer = _evenly(_those(rows[start:], among), most_outer(len(rows)), draw)
    parts = _folds(line, end, is_once=among is not None)
    if not parts:
        raise InputError(
            f"A gap of {gap.said()} along {name!r} leaves too few of {counted(len(rows), 'row')} to learn from. Give a "
            "smaller one."
        )
    most = most_hold_out(end) if len(parts) == 1 else len(rows)
    folds = tuple(
        Fold(
            ascending(np.append(rows[:stop], always)),
            ascending(_evenly(_those(rows[first:last], among), most, draw)),
        )
        for stop, first, last in parts
    )
    if not len(outer) or not len(folds[0].valid):
        raise InputError(
            f"Of the rows drawn from all none is among the {len(rows) - start:,} newest by {name!r}, which are to give "
            f"the score, or the {parts[0][2] - parts[0][1]:,} before them, which validate: too many have one time. "
            "Say --no-time (time=False), or name another column."
        )
    inner = np.append(rows[:end], always)
    train = inner if len(parts) > 1 else folds[0].train
    notes = (*_of_one_time(times, name, line, parts, start), *_without_time(times, name, always))
    return Splits(
        ascending(outer),
        folds,
        1,
        _said(times, name, gap, rows, start, len(outer), parts, folds),
        ascending(inner),
        _at_random(np.append(rows, always), len(train), len(outer), seed, among),
        notes,
    )


def newest_of(
    times: Times, name: str, gap: Gap, among: np.ndarray, number: int, source: str
) -> tuple[np.ndarray, np.ndarray, str]:
    """About so many of the rows at these positions, the newest; those of all rows that came before; in words which.

    Rows of one time stay together. Those that were later than the first of them are in neither, unless they have no
    time: these were always learned from.

    Parameters
    ----------
    times, name, gap : as of `split_by_time`. source : what the rows are from, for messages.

    Raises
    ------
    InputError
        They have no two times, or no row came before.
    """
    values = times.values
    own = among[~np.isnan(values[among])]
    own = own[np.argsort(values[own], kind="stable")]
    cut = _Line(own, values[own], gap).cut(len(own) - number)
    if not cut:
        raise InputError(
            f"{source} has rows of fewer than two times by {name!r}, so its newest cannot be kept apart to say whether "
            "the model becomes better. Give rows of more times."
        )
    first = float(values[own[cut]])
    timed = np.flatnonzero(~np.isnan(values))
    rows = timed[np.argsort(values[timed], kind="stable")]
    start = int(np.searchsorted(values[rows], first))
    end = _Line(rows, values[rows], gap).before(start)
    always = np.flatnonzero(np.isnan(values))
    which = f"the newest of {counted(len(among), 'new row')} by {name!r} (from {times.label(first)} on)"
    return own[cut:], np.append(rows[:end], always), which


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


def _folds(line: _Line, end: int, is_once: bool) -> list[tuple[int, int, int]]:
    """Of each fold, newest first: where its training rows end, and where those that validate begin and end.

    Of many rows there is one, or where rows validate once.
    """
    if end > LARGE or is_once:
        share, most = share_of(end, HOLD_OUT_SHARE, end), 1
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


def _at_random(rows: np.ndarray, train: int, outer: int, seed: int, among: np.ndarray | None) -> Otherwise:
    order = np.random.default_rng([seed, 20_021]).permutation(rows)
    scored = _those(order, among)[:outer]
    rest = without(order, scored, len(order))
    return Otherwise("random", ascending(rest[:train]), ascending(scored))


def _those(rows: np.ndarray, among: np.ndarray | None) -> np.ndarray:
    """The rows that are among these, where any are named."""
    if among is None:
        return rows
    is_one = np.zeros(max(rows.max(initial=-1), among.max(initial=-1)) + 1, bool)
    is_one[among] = True
    return rows[is_one[rows]]


def _evenly(rows: np.ndarray, most: int, draw: np.random.Generator) -> np.ndarray:
    """At most so many of the rows, one drawn from each of as many stretches of equal length."""
    if len(rows) <= most:
        return rows
    ends = np.linspace(0, len(rows), most + 1)
    return rows[(ends[:-1] + draw.random(most) * np.diff(ends)).astype(np.int64)]


def _of_one_time(
    times: Times, name: str, line: _Line, parts: list[tuple[int, int, int]], start: int
) -> tuple[str, ...]:
    """What is to be said where rows of one time leave too few to learn from, to choose by or to score."""
    count, (stop, first, last) = len(line.values), parts[0]
    places = np.concatenate([[0], line.cuts, [count]])
    longest = int(np.argmax(np.diff(places)))
    place = int(places[longest])
    at_once, when = int(places[longest + 1]) - place, times.label(float(line.values[place]))
    shares = {"train": count / 2, "validate": _FOLD_SHARE * start, "give the score": OUTER_SHARE * count}
    got = dict(zip(shares, (stop, last - first, count - start), strict=True))
    if count < 5 or at_once < _FEW * count or all(got[do] >= _FEW * shares[do] for do in shares):
        return ()
    each = ", ".join(f"{number:,} {do}" for do, number in got.items())
    note = (
        f"{at_once:,} of {counted(count, 'row')} have the same {name!r}, {when}, and rows of one time stay together, "
        f"so {each}: too few to rely on. Where the order in time does not matter, say --no-time (time=False)."
    )
    return (note,)


def _without_time(times: Times, name: str, always: np.ndarray) -> tuple[str, ...]:
    """What is to be said where many rows have no time."""
    if len(always) <= _MANY_WITHOUT * len(times.values):
        return ()
    note = (
        f"{len(always):,} of {counted(len(times.values), 'row')} have no {name!r} and always train. If they are as new "
        "as those that score, the score is too good."
    )
    return (note,)


def _said(
    times: Times,
    name: str,
    gap: Gap,
    rows: np.ndarray,
    start: int,
    outer: int,
    parts: list[tuple[int, int, int]],
    folds: tuple[Fold, ...],
) -> str:
    values, every = times.values[rows], len(rows) - start
    newest = f"newest by {name!r} (from {times.label(values[start])} on)"
    which = f"the {newest}" if outer == every else f"drawn evenly from the {every:,} {newest}"
    said = (
        f"{outer:,} of {counted(len(times.values), 'row')}, {which}, {'is' if outer == 1 else 'are'} kept for the "
        "final score alone; "
    )
    if len(folds) > 1:
        said += f"those before validate in {len(folds)} steps of time, each what was learned from the rows before it"
    else:
        _, first, last = parts[0]
        valid, every = sum(len(fold.valid) for fold in folds), last - first
        if valid == every:
            said += f"of those before the newest {valid:,} validate what was learned from the rest"
        else:
            said += (
                f"of those before {valid:,}, drawn evenly from {every:,}, validate what was learned from the rows "
                f"before {times.label(values[first])}"
            )
    if gap:
        said += f", with a gap of {gap.said()} left unused before each part"
    if lost := len(times.values) - len(rows):
        said += f"; {counted(lost, 'row')} without a time always {'trains' if lost == 1 else 'train'}"
    return said
