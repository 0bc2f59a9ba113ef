"""Rounds of a small table, in each of which other rows are unseen, until all rows were: `deal_rounds`.

The search itself is the first round: its outer rows are the first that nobody has seen. Each further round is the whole
procedure once more on the rows that are not its own outer ones (nested cross-validation; Cawley & Talbot 2010, "On
Over-fitting in Model Selection", JMLR 11): no row has a say in what is chosen to predict it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from honed.table.split import (
    FOLDS,
    HOLD_OUT_SHARE,
    LARGE,
    MOST_HOLD_OUT,
    Dealer,
    Fold,
    Splits,
    ascending,
    share_of,
)

if TYPE_CHECKING:
    from jaxtyping import Int, Real

_REASON = "other rows are unseen than in the search"


def deal_rounds(
    splits: Splits,
    y: Real[np.ndarray, " rows"],
    task: str,
    *,
    number: int,
    groups: Int[np.ndarray, " rows"] | None = None,
    seed: int = 0,
) -> tuple[Splits, ...]:
    """The split of each round after the first; none where nothing can be kept apart.

    Rows that the first split cannot keep for a score, such as both of a class of two, are of no round.

    Parameters
    ----------
    splits : that of the search itself. number : of further rounds, at most.
    groups : (rows,) integers; a group is unseen as a whole.
    """
    deal = Dealer(np.asarray(y), task == "regression", groups, np.random.default_rng([seed, 20_029]))
    every = np.arange(len(y))
    rest = np.setdiff1d(deal.that_can_be_spared(every), splits.outer)
    if not len(splits.outer) or len(rest) < 2:
        return ()
    parts = [np.sort(unseen) for _, unseen in deal.folds(rest, number)]
    return tuple(_round(deal, np.setdiff1d(every, unseen), unseen) for unseen in parts)


def rounds_of_own_folds(splits: Splits, number: int) -> tuple[Splits, ...]:
    """The same of folds that the user has drawn: each round keeps some of them apart, and the others validate.

    Of at most `number` rounds there are two at least, so that folds are left to choose by. None where the folds are no
    shares of the rows of which each validates once and trains else, as folds along time.
    """
    folds = [*splits.folds, Fold(_all_of(splits.folds[0]), splits.outer)]
    every = _all_of(folds[-1])
    is_shared_out = splits.repeats == 1 and len(folds) > 2
    if not is_shared_out or any(len(_all_of(f)) + len(splits.outer) != len(every) for f in splits.folds):
        return ()
    if sum(len(fold.valid) for fold in folds) != len(np.unique(np.concatenate([f.valid for f in folds]))):
        return ()
    found, number = [], min(max(number, 2), len(folds) - 1)
    for first in range(number):
        kept = range(first, len(folds) - 1, number)
        unseen = np.sort(np.concatenate([folds[n].valid for n in kept]))
        others = [fold.valid for n, fold in enumerate(folds) if n not in kept]
        inner = np.setdiff1d(every, unseen)
        parts = tuple(Fold(ascending(np.setdiff1d(inner, valid)), ascending(valid)) for valid in others)
        found.append(Splits(ascending(unseen), parts, 1, _REASON))
    return tuple(found)


def _round(deal: Dealer, inner: Int[np.ndarray, " inner"], unseen: Int[np.ndarray, " unseen"]) -> Splits:
    if len(inner) > LARGE:
        valid = deal.hold_out(inner, share_of(len(inner), HOLD_OUT_SHARE, MOST_HOLD_OUT))
        parts = [(np.setdiff1d(inner, valid), valid)]
    else:
        parts = deal.folds(inner, FOLDS)
    folds = tuple(Fold(ascending(train), ascending(valid)) for train, valid in parts)
    return Splits(ascending(unseen), folds, 1, _REASON)


def _all_of(fold: Fold) -> Int[np.ndarray, " both"]:
    return np.union1d(fold.train, fold.valid)
