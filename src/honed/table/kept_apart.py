"""Which of the rows that came after a finished run are kept apart from all trainings, to say what is better there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from honed.errors import InputError
from honed.figures import counted
from honed.table.by_time import newest_of
from honed.table.order import Gap, Times
from honed.table.split import (
    OUTER_SHARE,
    Dealer,
    Fold,
    Splits,
    ascending,
    most_outer,
    share_of,
    without,
)

if TYPE_CHECKING:
    from jaxtyping import Int, Real

LEAST, _LEAST_APART = 10, 5  # rows of which some can be kept apart, and of these
_ENOUGH = 200  # rows that tell one model from another: fewer new ones than twice as many give half


class Along(NamedTuple):
    """Where rows follow time: when each was, by the column `name`, and what lies unused before those kept apart."""

    name: str
    times: Times
    gap: Gap


def keep_apart(
    y: Real[np.ndarray, " rows"],
    task: str,
    new: Int[np.ndarray, " new"],
    source: str,
    *,
    groups: Int[np.ndarray, " rows"] | None = None,
    along: Along | None = None,
    seed: int = 0,
) -> Splits:
    """Some of the new rows as `outer`, and one fold in which all others train that may: the newest, or whole groups.

    Parameters
    ----------
    y, task, groups, seed : as of `honed.table.split.split`.
    new : positions of the new rows, ascending. source : what they are from, for messages.

    Raises
    ------
    InputError
        The new rows are too few, of one group or of one time, or those kept apart leave nothing to learn from.
    """
    rows = np.arange(len(y))
    if len(new) < LEAST:
        raise InputError(
            f"{source} has {counted(len(new), 'row')} to learn from, and some are kept apart to say whether the model "
            f"becomes better. Give {LEAST} or more."
        )
    number = max(share_of(len(new), OUTER_SHARE, most_outer(len(new))), min(_ENOUGH, len(new) // 2))
    notes: tuple[str, ...] = ()
    if along is not None:
        outer, train, how = newest_of(along.times, along.name, along.gap, new, number, source)
    elif groups is not None:
        outer, notes = _whole_groups(y, task, new, number, source, groups, seed)
        train = rows[~np.isin(groups, groups[outer])]
        how = f"whole groups of {counted(len(new), 'new row')}"
    else:
        rng = np.random.default_rng([seed, 20_024])
        outer = Dealer(y, task == "regression", None, rng).hold_out(new, number)
        train = without(rows, outer, len(y))
        how = f"drawn from {counted(len(new), 'new row')}"
    if len(outer) < _LEAST_APART:
        raise InputError(
            f"{source}: of its {counted(len(new), 'row')} only {len(outer)} can be kept apart to say whether the model "
            f"becomes better, {how}, and {_LEAST_APART} is the least. Give more rows of each class, group or time."
        )
    if not len(train):
        raise InputError(
            f"{source}: beside the rows that are kept apart, {how}, none is left to learn from. Give more rows."
        )
    reason = (
        f"{counted(len(outer), 'row')}, {how}, {'is' if len(outer) == 1 else 'are'} kept apart from all trainings to "
        f"say what is better; the other {len(train):,} train"
    )
    train, before = ascending(train), without(rows, new, len(y))
    if unused := len(without(before, train, len(y))):
        why = "came no earlier than those kept apart, or in the gap before them"
        why = "are of the groups of those kept apart" if along is None else why
        note = (
            f"Of the run's own rows {unused:,} {why}, so the trainings that are compared do without them; the "
            "unchanged model has learned from them. What predicts in the end learns from all rows."
        )
        notes = (*notes, note)
    return Splits(ascending(outer), (Fold(train, train[:0]),), 1, reason, train, notes=notes)


def _whole_groups(
    y: Real[np.ndarray, " rows"],
    task: str,
    new: Int[np.ndarray, " new"],
    number: int,
    source: str,
    groups: Int[np.ndarray, " rows"],
    seed: int,
) -> tuple[Int[np.ndarray, " outer"], tuple[str, ...]]:
    """About so many of the new rows, of groups that are new too if these are enough; what is to be said of others."""
    before = without(np.arange(len(y)), new, len(y))
    of_new = new[~np.isin(groups[new], groups[before])]
    notes: tuple[str, ...] = ()
    dealer = Dealer(y, task == "regression", groups, np.random.default_rng([seed, 20_024]))
    outer = dealer.hold_out(of_new, number, groups_left=1)
    if 2 * len(outer) < number:
        outer = dealer.hold_out(new, number, groups_left=1)
        note = (
            f"Most rows of {source} are of groups that the old table has too, so rows kept apart may be of groups that "
            "the old model knows: on rows of unknown groups it may do worse than told here."
        )
        notes = (note,)
    if not len(outer):
        raise InputError(
            f"{source} has rows of one group alone, and groups are kept whole, so none can be kept apart to say "
            "whether the model becomes better. Give rows of another group too."
        )
    return outer, notes
