"""Which rows train, which choose, and which only score: `split` gives row positions, the same for the same seed.

Rows are dealt like cards: sorted by target (ties at random), then given out in turn, so that each share holds
every class and every part of a quantity's range in proportion. Dealing needs no minimum of rows for a class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from honed.figures import counted

OUTER_SHARE, HOLD_OUT_SHARE = 0.15, 0.15
# Of many rows a smaller share, and at most so many: the standard error of 20,000 is half a percent of a score.
MOST_OUTER, MANY_OUTER, OUTER_OF_MANY = 4_000, 20_000, 0.02
MOST_HOLD_OUT, MANY_HOLD_OUT, HOLD_OUT_OF_MANY = 8_000, 20_000, 0.04
FOLDS, REPEATS = 5, 2
SMALL, LARGE = 1_000, 20_000  # inner rows: up to SMALL repeated folds, over LARGE one hold-out


@dataclass(frozen=True)
class Fold:
    """Row positions (int32, ascending) to train on and to validate on; no row is in both."""

    train: np.ndarray
    valid: np.ndarray


@dataclass(frozen=True)
class Otherwise:
    """The same rows shared out in another way, for one score beside that of the outer rows.

    Attributes
    ----------
    how : "random": by chance alone; "groups": with rows that seem to belong together kept together.
    train, outer : int32 row positions, ascending, to learn from and to score on, about as many as of the outer rows.
    by : what the rows are grouped by, in words. groups : (rows,) the group of each row of the source.
    """

    how: Literal["random", "groups"]
    train: np.ndarray
    outer: np.ndarray
    by: str = ""
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Splits:
    """Outer rows, for the final score alone, and the folds of the others.

    Attributes
    ----------
    outer : int32 row positions, ascending, that occur in no fold; empty below 5 rows, and where no class has more
        than two rows.
    folds : repeat after repeat; within one repeat each inner row is validated at most once.
    repeats : how many times the folds are drawn anew.
    reason : the rule that gave this split, in words.
    inner : along time: all rows that what is scored may learn from, of which folds know the older ones; else None.
    otherwise : another way to share the rows out, whose score is told beside; None where there is none.
    notes : what is to be said of it beside the reason.
    aside : rows in no fold that belong with the outer or validation rows, and so are not known; None for none.
    """

    outer: np.ndarray
    folds: tuple[Fold, ...]
    repeats: int
    reason: str
    inner: np.ndarray | None = None
    otherwise: Otherwise | None = None
    notes: tuple[str, ...] = ()
    aside: np.ndarray | None = None

    @property
    def once(self) -> set[str]:
        """Names of the folds of one repeat, in which no row validates twice."""
        return {str(fold) for fold in range(len(self.folds) // self.repeats)}

    def known(self, rows: int) -> np.ndarray:
        """Those of so many rows that may be looked at before the score: int32 positions, ascending."""
        if self.inner is not None:
            return self.inner
        unknown = self.outer if self.aside is None else np.concatenate([self.outer, self.aside])
        return without(np.arange(rows, dtype=np.int32), unknown, rows)


def split(
    y: np.ndarray,
    task: str,
    *,
    groups: np.ndarray | None = None,
    seed: int = 0,
    valid_rows: np.ndarray | None = None,
    of_rows: int = 0,
) -> Splits:
    """Split the rows of a table.

    Parameters
    ----------
    y : (rows,) class codes, or numbers for regression; at least 2 rows.
    task : "binary", "multiclass" or "regression"; splits are stratified by class or by the target's size.
    groups : (rows,) integers; rows of one group stay together in every split.
    seed : equal seeds give equal splits.
    valid_rows : positions of rows that the user set apart: the only rows to validate on. Outer rows then come
        from the others, and so does the training part; groups do not bind the two together.
    of_rows : of so many rows these are a sample, of which as many are held out as of them all.

    With 3 groups (2 beside `valid_rows`) no part of a fold is empty, and neither is `outer` from 5 rows on.
    """
    rng = np.random.default_rng([seed, 20_011])  # a stream of its own
    rows = np.arange(len(y))
    free = rows if valid_rows is None else without(rows, np.asarray(valid_rows), len(y))
    deal = Dealer(np.asarray(y), task == "regression", groups, rng)
    number = share_of(len(free), OUTER_SHARE, most_outer(max(len(free), of_rows))) if len(free) >= 5 else 0
    outer = deal.hold_out(free, number, groups_left=2 if valid_rows is None else 1)
    inner = without(free, outer, len(y))
    how = "stratified by the target" if groups is None else "by group"
    if len(outer):
        are = "is" if len(outer) == 1 else "are"
        said = f"{len(outer):,} of {counted(len(y), 'row')} {are} kept for the final score alone"
    else:
        said = f"of {counted(len(free), 'row')} none can be kept for a final score"
    if valid_rows is not None:
        folds, repeats = (_fold(inner, np.asarray(valid_rows)),), 1
        said += f"; {counted(len(valid_rows), 'row')} {'was' if len(valid_rows) == 1 else 'were'} given to validate on"
    elif len(inner) > LARGE:
        valid = deal.hold_out(
            inner, share_of(len(inner), HOLD_OUT_SHARE, most_hold_out(max(len(inner), of_rows)))
        )
        folds, repeats = (_fold(without(inner, valid, len(y)), valid),), 1
        said += f"; over {LARGE:,} others, so {len(valid):,} of them validate once, {how}"
    else:
        repeats = REPEATS if len(inner) <= SMALL else 1
        folds = tuple(_fold(*parts) for _ in range(repeats) for parts in deal.folds(inner, FOLDS))
        number = len(folds) // repeats
        if number == 1:  # drawn anew it would be the same
            folds, repeats = folds[:1], 1
        most = int(deal.of_most(inner).sum())
        if most:
            said += f"; the {most:,} of the largest group always train, and the other {len(inner) - most:,}"
        else:
            said += f"; {'the other' if len(outer) else 'all'} {len(inner):,}"
        said += f" validate in {counted(number, 'fold')} {how}"
        said += (
            f", drawn {repeats} times, because at most {SMALL:,} rows say little once" if repeats > 1 else ""
        )
    return Splits(outer.astype(np.int32), folds, repeats, said)


def without(rows: np.ndarray, others: np.ndarray, count: int) -> np.ndarray:
    """Of different row positions those that are not among the others; `count` is beyond them all.

    As `numpy.setdiff1d`, which takes seconds for millions of rows.
    """
    is_kept = np.ones(count, bool)
    is_kept[others] = False
    return rows[is_kept[rows]]


def share_of(rows: int, share: float, most: int) -> int:
    """So many of the rows, at least one and at most `most`."""
    return min(most, max(1, round(share * rows)))


def most_outer(rows: int) -> int:
    """Most of so many rows that are kept for the score: 4,000 of up to 200,000, and 20,000 of a million or more."""
    return max(MOST_OUTER, min(MANY_OUTER, round(OUTER_OF_MANY * rows)))


def most_hold_out(rows: int) -> int:
    """Most of so many rows that validate once: 8,000 of up to 200,000, and 20,000 of half a million or more."""
    return max(MOST_HOLD_OUT, min(MANY_HOLD_OUT, round(HOLD_OUT_OF_MANY * rows)))


def ascending(rows: np.ndarray) -> np.ndarray:
    """Row positions as splits hold them."""
    return np.sort(rows).astype(np.int32)


def _fold(train: np.ndarray, valid: np.ndarray) -> Fold:
    return Fold(ascending(train), ascending(valid))


@dataclass
class Dealer:
    """Deals rows, or whole groups of rows, into shares.

    Attributes
    ----------
    y : (rows,) class codes or values. is_quantity : whether they are values.
    groups : (rows,) integers, or None. rng : where chance comes from.
    """

    y: np.ndarray
    is_quantity: bool
    groups: np.ndarray | None
    rng: np.random.Generator

    def hold_out(self, rows: np.ndarray, number: int, groups_left: int = 1) -> np.ndarray:
        """About `number` of the rows, so that at least `groups_left` groups are left over."""
        if number == 0:
            return rows[:0]
        if self.groups is not None:
            return self._whole_groups(rows, number, groups_left)
        rows = self._in_order(self.that_can_be_spared(rows))
        number = min(number, len(rows))
        if number == 0:
            return rows
        steps = (np.arange(number) + self.rng.random()) * (len(rows) / number)
        return np.sort(rows[steps.astype(np.int64)])

    def folds(self, rows: np.ndarray, number: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and validation rows of at most `number` folds; each row validates in one of them.

        The rows of a group that holds more than half of them train in every fold, and validate in none.
        """
        always = rows[:0]
        if self.groups is not None:
            is_most = self.of_most(rows)
            if is_most.any():
                always, rows = rows[is_most], rows[~is_most]
                number = min(number, len(np.unique(self.groups[rows])))  # one group validates whole
            fold_of_row = self._deal_groups(rows, number)
        else:
            rows = self._in_order(rows)
            fold_of_row = np.arange(len(rows)) % min(number, len(rows))
        folds = np.unique(fold_of_row)
        return [(np.append(always, rows[fold_of_row != fold]), rows[fold_of_row == fold]) for fold in folds]

    def of_most(self, rows: np.ndarray) -> np.ndarray:
        """Which rows are of the group that holds more than half of them, where there is one beside others."""
        if self.groups is None or not len(rows):
            return np.zeros(len(rows), bool)
        _, place, sizes = np.unique(self.groups[rows], return_inverse=True, return_counts=True)
        return (2 * sizes[place] > len(rows)) & (sizes[place] < len(rows))

    def _in_order(self, rows: np.ndarray) -> np.ndarray:
        """Rows by target; equal targets in random order."""
        rows = self.rng.permutation(rows)
        return rows[np.argsort(self.y[rows], kind="stable")]

    def that_can_be_spared(self, rows: np.ndarray) -> np.ndarray:
        """A class of 2 rows keeps both, one to learn from and one to choose by; groups are kept apart as they are."""
        if self.is_quantity or self.groups is not None:
            return rows
        _, place, counts = np.unique(self.y[rows], return_inverse=True, return_counts=True)
        return rows[counts[place] > 2]

    def _whole_groups(self, rows: np.ndarray, number: int, left: int) -> np.ndarray:
        """Random groups while they fit into `number`; at least one, and never the last `left`."""
        assert self.groups is not None
        names, place, sizes = np.unique(self.groups[rows], return_inverse=True, return_counts=True)
        if len(names) <= left:
            return rows[:0]
        if 2 * sizes.max() > len(rows):  # the others are all there is to validate on and to score
            number = min(number, (len(rows) - sizes.max()) // 2)
        order = self.rng.permutation(len(names))
        taken, held = np.zeros(len(names), bool), 0
        for group in order:
            if held + sizes[group] <= number and taken.sum() < len(names) - 2:
                taken[group], held = True, held + sizes[group]
        if not taken.any():
            taken[order[np.argmin(sizes[order])]] = True
        return rows[taken[place]]

    def _deal_groups(self, rows: np.ndarray, number: int) -> np.ndarray:
        """Fold of each row: largest groups first, each to the fold with the fewest rows so far."""
        assert self.groups is not None
        names, place, sizes = np.unique(self.groups[rows], return_inverse=True, return_counts=True)
        if len(names) == 1:  # nothing can be kept whole: better a leak than no validation
            return np.arange(len(rows)) % min(number, len(rows))
        means = np.bincount(place, weights=self.y[rows].astype(np.float64)) / sizes
        jitter = sizes * self.rng.uniform(0.8, 1.2, len(names))
        held = np.zeros(min(number, len(names)))
        fold_of_group = np.empty(len(names), np.int64)
        singles = sizes == 1
        jitter[singles] = 1.0  # single rows come last and are stratified exactly
        for group in np.lexsort((self.rng.random(len(names)), means, -jitter)):
            fold = int(np.argmin(held))
            fold_of_group[group] = fold
            held[fold] += sizes[group]
        return fold_of_group[place]
