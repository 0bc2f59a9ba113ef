"""How a run's rows are shared out for learning, choosing and the final score: `check`, `splits` and `further_rounds`.

Where rows are few, those kept for the score are too few to say much. Then the search is the first of several rounds, in
each of which others are kept (`honed.table.nested`). Unasked a further round trains what the search chose anew; those
that were asked for are searches of their own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from honed.errors import InputError
from honed.family import Source
from honed.figures import counted
from honed.run import paths
from honed.search.options import Options
from honed.table import split
from honed.table.by_time import split_by_time
from honed.table.kept_apart import Along, keep_apart
from honed.table.nested import deal_rounds, rounds_of_own_folds
from honed.table.order import gap_of
from honed.table.split import Otherwise, Splits

FEW = 1_000  # rows; below, those kept for the score are fewer than 150
ROUNDS = 5
_LEAST_ROUNDS = 3  # with 2 the second would learn from what the first keeps unseen alone
LEAST_BUDGET = 20.0  # seconds from which on there are rounds unasked
_OF_CHOICE = 0.15  # of the budget: all further rounds that train what was chosen
_OF_SEARCH, _OF_SEARCHES = 0.1, 0.5  # ... each of those that search anew, and all of them at most


def check(options: Options) -> None:
    """Refuse ways to share rows out of which only one can hold.

    Raises
    ------
    InputError
        Two are named that do not go together, or a gap that is none.
    """
    if options.refit is not None:  # whose options were those of a run
        return
    gap_of(options.gap)
    _check_rounds(options)
    if options.fold is not None:
        for name in ("time", "group", "valid"):
            if (value := getattr(options, name)) is not None:
                raise InputError(
                    f"--fold {options.fold} and --{name} {value} each say how the rows are shared out, and both "
                    "together cannot hold. Leave one of them out."
                )
    if options.time is None:
        return
    if options.no_time:
        raise InputError(
            f"--time {options.time} names when rows were, and --no-time says that it does not matter. Leave one out."
        )
    others = {"group": options.group, "valid": options.valid}
    for name, value in others.items():
        if value is not None:
            raise InputError(
                f"--time {options.time} and --{name} {value} each say how the rows are shared out for choosing and for "
                "the final score, and both together cannot hold. Leave one of them out."
            )


def splits(source: Source, options: Options) -> Splits:
    """The rows of a source, shared out as asked.

    Raises
    ------
    InputError
        It cannot be done, as where a gap leaves nothing to learn from.
    """
    if options.refit is not None:
        return _of_new_rows(source, options)
    if source.own is not None:
        return source.own
    if source.times is not None:
        name = source.schema.time or options.time or "time"
        return split_by_time(source.times, name, gap_of(options.gap), options.seed)
    task = source.schema.target.task
    found = split.split(source.y, task, groups=source.groups, seed=options.seed, valid_rows=source.given)
    probable = source.probable
    if probable is None or not len(found.outer):
        return found
    whole = split.split(source.y, task, groups=probable.groups, seed=options.seed)
    train = np.setdiff1d(np.arange(len(source.y)), whole.outer)
    count = min(len(train), len(found.folds[0].train))
    some = np.random.default_rng([options.seed, 20_023]).permutation(train)[:count]
    rows = np.sort(some).astype(np.int32)
    return replace(found, otherwise=Otherwise("groups", rows, whole.outer, probable.by, probable.groups))


def _of_new_rows(source: Source, options: Options) -> Splits:
    """Those that `honed refit` was given, which the source has as the rows given to validate on."""
    assert source.given is not None
    along = None
    if source.times is not None:
        along = Along(source.schema.time or "time", source.times, gap_of(options.gap))
    name = paths.shown(options.more[-1]) if options.more else options.named
    return keep_apart(
        source.y,
        source.schema.target.task,
        source.given,
        name,
        groups=source.groups,
        along=along,
        seed=options.seed,
    )


def further_rounds(source: Source, options: Options, first: Splits) -> tuple[Splits, ...]:
    """The splits of the rounds after the search, of which `first` is; none where it is the only one.

    Raises
    ------
    InputError
        Rounds were asked for, and rows follow each other in time or in folds that are no shares of the rows.
    """
    asked = options.nested
    if options.refit is not None:
        return ()
    is_short = options.budget is not None and options.budget < LEAST_BUDGET
    if asked == 0 or (asked is None and (len(source.y) >= FEW or is_short)):
        return ()
    number = (asked or ROUNDS) - 1
    if asked and source.times is not None:
        raise InputError(
            f"In --nested {asked} rounds (nested=) each row is unseen once, but the newest rows by "
            f"{source.schema.time!r} are to give the score. Leave it out, or say --no-time (time=False)."
        )
    if asked and source.given is not None:
        raise InputError(
            f"In --nested {asked} rounds (nested=) each row is unseen once, but {counted(len(source.given), 'row')} "
            "were given to validate on and can give no score. Leave one of both out."
        )
    if source.times is not None or source.given is not None:
        return ()
    if source.own is None:
        task = source.schema.target.task
        return deal_rounds(first, source.y, task, number=number, groups=source.groups, seed=options.seed)
    found = rounds_of_own_folds(first, number)
    if asked and not found:
        raise InputError(
            f"In --nested {asked} rounds (nested=) each row is unseen once, which takes folds of which each row "
            "validates in one and trains in all others, and at least 3. Leave it out, or give such folds."
        )
    return found


def share_of_rounds(number: int, *, anew: bool) -> float:
    """What so many further rounds take together, as a share of the budget; `anew` where each is a search."""
    if not number:
        return 0.0
    return min(_OF_SEARCHES, _OF_SEARCH * number) if anew else _OF_CHOICE


def of_search(budget: float | None, rounds: int, *, anew: bool) -> float | None:
    """What so many further rounds leave the search of a budget, in seconds; None without one."""
    return None if budget is None else budget * (1 - share_of_rounds(rounds, anew=anew))


def of_round(budget: float | None, rounds: int, *, anew: bool) -> float | None:
    """What each of so many further rounds has of a budget, in seconds; None without one."""
    return None if budget is None else budget * share_of_rounds(rounds, anew=anew) / rounds


def _check_rounds(options: Options) -> None:
    asked = options.nested
    if not asked:
        return
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < _LEAST_ROUNDS:
        raise InputError(
            f"--nested {asked!r} (nested=) is no number of rounds in which rows are unseen in turn. Give 0 for none, "
            f"or {_LEAST_ROUNDS} or more, such as {ROUNDS}."
        )
    for name in ("time", "valid"):
        if (value := getattr(options, name)) is not None:
            raise InputError(
                f"--nested {asked} and --{name} {value} each say which rows give the score, and both together cannot "
                "hold. Leave one of them out."
            )
